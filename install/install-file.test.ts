import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { accountInputs, baseInputs } from './apply-install.ts';
import { readInstallFile } from './install-file.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const content = {
  install: 'acme',
  product: 'streaming',
  account: '123456789012',
  region: 'eu-central-1',
  access: {
    principal: 'arn:aws:iam::999999999999:role/v',
    externalId: 'x'.repeat(20),
    expiresAt: '2030-01-01T00:00:00Z',
  },
  base: { publicEndpointCidrs: ['192.0.2.0/24'], installId: 'somebody-elses' },
  controlPlane: { url: 'https://control-plane.example', caFile: 'ca.pem' },
  vendorRegistry: { host: 'registry.example' },
  runner: { image: { repository: 'landfall/runner', digest }, chart: { path: 'chart' } },
  trust: { releaseKeyFiles: ['key.pem'], desiredStateKeyFiles: ['key.pem'] },
};

describe('the install file', () => {
  let dir: string;
  const file = async (text: string): Promise<string> => {
    const path = join(dir, 'install.yaml');
    await writeFile(path, text);
    return path;
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-file-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('gives both stacks their inputs, and the file’s own place wins over what `base` says', async () => {
    const read = await readInstallFile(await file(stringify(content)));
    expect(accountInputs(read)).toMatchObject({
      installId: 'acme',
      installPrincipal: { kind: 'vendor', externalId: 'x'.repeat(20) },
      productPermissions: [],
    });
    expect(baseInputs(read)).toEqual({
      installId: 'acme',
      accountId: '123456789012',
      region: 'eu-central-1',
      mode: 'full',
      publicEndpointCidrs: ['192.0.2.0/24'],
    });
    expect(read.pathOf('ca.pem')).toBe(join(dir, 'ca.pem'));
  });

  it.each([
    ['a field nobody knows', stringify({ ...content, acount: '1' }), /acount/],
    [
      'an account read as a number',
      stringify({ ...content, account: 123456789012 }),
      /account: expected the 12 digits of an AWS account, in quotes/,
    ],
    [
      'half of both kinds of access',
      stringify({ ...content, access: { principal: 'x' } }),
      /access: expected \{ principal,/,
    ],
    [
      'an image without a digest',
      stringify({ ...content, runner: { ...content.runner, image: { repository: 'x' } } }),
      /digest/,
    ],
    ['an alias', 'a: &a [1]\nb: *a\n', /Alias/],
    ['something that is no YAML', 'a: [', /not valid YAML/],
  ])('is refused with %s', async (_, text, why) => {
    await expect(readInstallFile(await file(text))).rejects.toThrow(why);
  });

  it('names the file that it names and that is missing', async () => {
    const read = await readInstallFile(await file(stringify(content)));
    await expect(read.readText('key.pem')).rejects.toThrow(/install\.yaml names key\.pem/);
  });

  it('takes a way out for the runner, and no login in it', async () => {
    const proxy = {
      https: 'http://proxy.corp.example:3128',
      noProxy: '.corp.example',
      credentialsSecret: 'landfall-proxy',
    };
    expect(await readInstallFile(await file(stringify({ ...content, proxy })))).toMatchObject({ proxy });
    for (const https of ['http://user:word@proxy.corp.example', 'socks5://proxy.corp.example', 'proxy:3128']) {
      await expect(readInstallFile(await file(stringify({ ...content, proxy: { https } })))).rejects.toThrow(/proxy/);
    }
  });
});

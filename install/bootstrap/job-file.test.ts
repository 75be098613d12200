import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { accountInputs, handOffSettings } from '../apply-install.ts';
import { readInstallFile } from '../install-file.ts';
import { exportLines } from './exports.ts';
import { jobFileOf, readJobFile } from './job-file.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const content = {
  install: 'acme',
  product: 'streaming',
  account: '123456789012',
  region: 'eu-central-1',
  access: { project: 'lf-acme-bootstrap', expiresAt: '2030-01-01T00:00:00Z' },
  controlPlane: { url: 'https://control-plane.example', caFile: 'ca.pem' },
  vendorRegistry: { host: 'registry.example' },
  runner: {
    image: { repository: 'landfall/runner', digest },
    chart: { repository: 'landfall/charts/runner', digest },
  },
  trust: { releaseKeyFiles: ['release.pem'], desiredStateKeyFiles: ['desired.pem'] },
};

describe('the job’s one document', () => {
  let dir: string;
  const read = async (change: object) => {
    const path = join(dir, 'install.yaml');
    await writeFile(path, stringify({ ...content, ...change }));
    return readInstallFile(path);
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-job-'));
    for (const name of ['ca', 'release', 'desired']) await writeFile(join(dir, `${name}.pem`), `the ${name} key`);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('says the same as the install file, without the files that it names', async () => {
    const file = await read({});
    const path = join(dir, 'job.json');
    await writeFile(path, JSON.stringify(await jobFileOf(file)));
    for (const name of ['ca', 'release', 'desired']) await rm(join(dir, `${name}.pem`));
    const again = await readJobFile(path);
    expect(accountInputs(again)).toEqual(accountInputs(file));
    expect(await handOffSettings(again)).toMatchObject({
      controlPlane: { caPem: 'the ca key' },
      trust: { releaseKeys: ['the release key'], desiredStateKeys: ['the desired key'] },
    });
  });

  it('refuses a chart that lies on somebody’s machine', async () => {
    const file = await read({ runner: { ...content.runner, chart: { path: 'chart' } } });
    await expect(jobFileOf(file)).rejects.toMatchObject({ code: 'LF-TEMPLATES-004' });
  });

  it.each([
    ['no file', 'nothing-here.json', undefined],
    ['no JSON', 'broken.json', '{'],
    ['an unknown field', 'more.json', JSON.stringify({ file: content, texts: {}, more: 1 })],
  ])('refuses %s', async (_, name, text) => {
    const path = join(dir, name);
    if (text !== undefined) await writeFile(path, text);
    await expect(readJobFile(path)).rejects.toThrow(/configuration/);
  });
});

describe('what the first run exports', () => {
  it('is lines for a shell', () => {
    expect(exportLines({ LANDFALL_SUBNET_IDS: 'subnet-1,subnet-2' })).toBe(
      "export LANDFALL_SUBNET_IDS='subnet-1,subnet-2'\n",
    );
  });

  it.each(["vpc-1'; curl evil", '$(id)', '', 'a b'])('refuses %j, which is no id', (value) => {
    expect(() => exportLines({ LANDFALL_VPC_ID: value })).toThrow(expect.objectContaining({ code: 'LF-INSTALL-004' }));
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../contract/index.ts';
import { createAuthority, requireEngines } from '../../dev/index.ts';
import { type RunProcess, createProcessRunner, createTofu, writeCliConfig } from '../../engines/index.ts';
import { type ConnectProxy, startConnectProxy } from '../../oci/network/testing/connect-proxy.ts';
import { openNetwork } from './network.ts';

const engines = await requireEngines('tofu', 'aws-provider');
const login = { username: 'landfall', password: 'p@ss word/1' };

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:sts::123456789012:assumed-role/lf-acme-runner/x</Arn><UserId>A:x</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`;

describe.skipIf(!engines.available)('Terraform and its AWS provider behind a proxy with a login', () => {
  let dir: string;
  let sts: Server;
  let stsPort: number;
  let agentPort: number;
  let asked = 0;
  let proxy: ConnectProxy;
  let caPem: string;
  const agent = createPlainServer((_request, response) => {
    asked += 1;
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ AccessKeyId: 'ASIAX', SecretAccessKey: 'a-secret', Token: 'a-session', Expiration }));
  });
  const portOf = (server: { address(): unknown }): number => {
    const address = server.address();
    return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-tofu-network-'));
    const authority = await createAuthority(dir);
    caPem = authority.certificatePem;
    const pair = await authority.issue({ commonName: 'sts', hosts: ['sts.inside.test'], usage: 'server' });
    sts = createServer({ cert: pair.certificatePem, key: pair.keyPem }, (_request, response) => {
      response.setHeader('content-type', 'text/xml');
      response.end(identity);
    });
    for (const server of [sts, agent]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    [stsPort, agentPort] = [portOf(sts), portOf(agent)];
    proxy = await startConnectProxy({ names: new Map([['sts.inside.test', '127.0.0.1']]), login });
    await Promise.all([
      writeFile(join(dir, 'username'), login.username),
      writeFile(join(dir, 'password'), login.password),
      writeFile(join(dir, 'agent-token'), 'a-token'),
    ]);
  });
  afterAll(async () => {
    for (const server of [sts, agent]) {
      server.closeAllConnections();
      server.close();
    }
    await proxy.close();
    await rm(dir, { recursive: true });
  });

  const whoAmI = async (
    through: (runProcess: RunProcess) => RunProcess,
    name: string,
    lines: string[],
  ): Promise<unknown> => {
    const workDir = join(dir, name);
    await mkdir(workDir);
    await writeFile(
      join(workDir, 'main.tf'),
      `terraform {
        required_providers { aws = { source = "hashicorp/aws" } }
      }
      provider "aws" {
        region      = "eu-central-1"
        max_retries = 1
        endpoints { sts = "https://sts.inside.test:${stsPort}" }
      }
      data "aws_caller_identity" "me" {}
      output "account" { value = data.aws_caller_identity.me.account_id }`,
    );
    const cliConfigPath = join(workDir, 'cli.tfrc');
    await writeCliConfig(cliConfigPath, { filesystemMirror: engines.path('aws-provider') });
    const tofu = createTofu({
      binary: engines.path('tofu'),
      workDir,
      cliConfigPath,
      env: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${agentPort}/v1/credentials`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(dir, 'agent-token'),
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      runProcess: through(createProcessRunner({ clock: systemClock })),
    });
    const call = { onLine: ({ text }: { text: string }) => void lines.push(text) };
    await tofu.init({}, call);
    const planFile = join(workDir, 'plan');
    await tofu.plan({ out: planFile }, call);
    await tofu.apply({ planFile }, call);
    return tofu.output(call);
  };

  it('reach AWS through it, and the agent of the node without it', async () => {
    const network = await openNetwork({
      config: {
        proxy: { https: `http://${proxy.address}`, noProxy: '', credentialsDir: dir },
        extraCaPem: caPem,
        workDir: dir,
      },
      apiServerHost: '10.100.0.1',
      learn: () => undefined,
    });
    const lines: string[] = [];
    expect(await whoAmI((run) => network.through(run), 'by-proxy', lines)).toMatchObject({
      account: { value: '123456789012' },
    });
    expect(new Set(proxy.tunnels)).toEqual(new Set([`sts.inside.test:${stsPort}`]));
    expect(proxy.refused).toEqual([]);
    expect(asked).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain(encodeURIComponent(login.password));
  });

  it('do not reach AWS without it', async () => {
    const network = await openNetwork({
      config: { proxy: null, extraCaPem: caPem, workDir: dir },
      apiServerHost: '',
      learn: () => undefined,
    });
    await expect(whoAmI((run) => network.through(run), 'direct', [])).rejects.toThrow(
      /no such host|lookup sts\.inside\.test/,
    );
  });
});

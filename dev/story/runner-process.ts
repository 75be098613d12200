import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { runnerConfigSchema } from '../../runner/index.ts';
import { runnerEnvironment, runnerNodeFlags, writeRunnerPrograms } from '../images/index.ts';
import { ensureTools } from '../tools/index.ts';
import { startProcess, tokenKubeconfig, type World } from '../world/index.ts';
import { waitUntil } from './wait-until.ts';

const namespace = 'landfall-system';
const account = 'landfall-runner';
const configMap = z.object({ data: z.object({ 'config.json': z.string() }) });
const tokenAnswer = z.object({ status: z.object({ token: z.string() }) });

/**
 * Where nodes only pretend, the runner is a process on this machine, as soon as its chart is in: the same bundle and
 * configuration, with the two tokens of its service account that its pod would have been given, and nothing else.
 */
export async function startRunnerProcess(world: World, say: (line: string) => void): Promise<void> {
  const { admin } = world.cluster;
  const config = await waitUntil("the runner's chart is in", 300, async () => {
    const answer = await admin.call('GET', `/api/v1/namespaces/${namespace}/configmaps/${account}`);
    return answer.status === 200 ? configMap.parse(answer.body).data['config.json'] : null;
  });
  const dir = join(world.dir, 'runner');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(dir, name), content, { mode: 0o600 });
    return join(dir, name);
  };
  const token = async (audiences: string[]): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const { body } = await admin.call('POST', path, { spec: { audiences, expirationSeconds: 7200 } });
    return tokenAnswer.parse(body).status.token;
  };
  const programs = await writeRunnerPrograms(join(dir, 'programs'));
  const tool = await ensureTools(['helm', 'tofu'], { config: world.ground.config, clock: world.ground.clock, say });
  const { cloud } = world;
  const wanted = runnerConfigSchema.parse({
    ...JSON.parse(config),
    aws: {
      endpointUrl: cloud.endpoint,
      podIdentity: {
        credentialsUri: cloud.podIdentity.hostUrl,
        tokenFile: await write('pod-identity-token', await token(['pods.eks.amazonaws.com'])),
      },
    },
    kubernetes: {
      kind: 'kubeconfig',
      path: await write('kubeconfig', tokenKubeconfig(world.cluster, await token([]))),
    },
    workDir: join(dir, 'work'),
    health: null,
    tools: {
      helm: tool('helm'),
      tofu: tool('tofu'),
      postRenderer: { command: process.execPath, args: [programs.postRender] },
      census: { command: process.execPath, args: [programs.census] },
    },
  });
  await mkdir(wanted.workDir, { recursive: true });
  startProcess({
    name: 'runner',
    file: process.execPath,
    args: [...runnerNodeFlags, programs.main],
    cwd: wanted.workDir,
    env: {
      LANDFALL_CONFIG: await write('config.json', JSON.stringify(wanted)),
      ...runnerEnvironment,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    logPath: join(dir, 'runner.log'),
    reaper: world.ground.reaper,
  });
  say('the runner is a process on this machine: simulated nodes run nothing');
}

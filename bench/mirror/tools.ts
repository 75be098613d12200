import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job } from './job.ts';
import type { Command } from './watch-process.ts';

/** Something that copies. One image is asked for by its tag, several as the whole repository that they are. */
export type MirrorTool = {
  name: string;
  kind: 'ours' | 'peer' | 'limit';
  /** Takes the registries' authority by option or environment. */
  tls: boolean;
  /** One image, many images of one repository, or both. */
  copies: 'one' | 'many' | 'both';
  /** Is given digests and sets the tag `lf-<digest>` for each; the others are given tags, which they have to look up. */
  pins: boolean;
  /** Prints `{"engineMs": …}`. */
  timesItself: boolean;
  /** The command for a job, whose files it may write into `dir`. */
  command: (job: Job, dir: string) => Promise<Command>;
};

/** What every tool is given: no login, no configuration of the machine's. */
async function bare(dir: string): Promise<Record<string, string>> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'config.json'), '{}');
  return { HOME: dir, DOCKER_CONFIG: dir, REGISTRY_AUTH_FILE: join(dir, 'config.json') };
}

const from = ({ source, repository }: Job): string => `${source}/${repository}`;
const to = ({ target, repository }: Job): string => `${target}/${repository}`;
const onlyTag = ({ images: [image, ...more] }: Job): string | undefined => (more.length === 0 ? image?.tag : undefined);

const ours = { kind: 'ours', tls: true, copies: 'both', pins: true, timesItself: false } as const;
const peer = { kind: 'peer', tls: false, copies: 'both', pins: false, timesItself: false } as const;

/** `landfall mirror` as people run it: the whole command line as one bundled file. */
export function landfallCli(bundled: string, pins: boolean): MirrorTool {
  return {
    ...ours,
    ...(pins ? { name: 'landfall mirror' } : { name: 'landfall mirror, by tags', pins, copies: 'many' as const }),
    command: async (job, dir) => {
      const env = await bare(dir);
      const file = join(dir, 'sync.json');
      const copy = job.images.map(({ digest, tag }) => ({
        source: pins ? `${from(job)}@${digest}` : `${from(job)}:${tag}`,
        destination: pins ? to(job) : `${to(job)}:${tag}`,
      }));
      await writeFile(file, JSON.stringify({ copy }));
      const way = job.ca === undefined ? ['--plain-http'] : ['--ca', job.ca];
      return { command: process.execPath, args: [bundled, 'mirror', 'sync', '-f', file, ...way], env };
    },
  };
}

/** The engine alone, in a process of its own, as the runner calls it. */
export function landfallEngine(bundled: string): MirrorTool {
  return { ...ours, name: 'landfall engine', timesItself: true, command: jobCommand(bundled) };
}

/** The same requests with nothing behind them: what no tool for Node can be under. */
export function bareSockets(bundled: string): MirrorTool {
  const name = 'limit: bare sockets, nothing verified';
  return { ...ours, kind: 'limit', tls: false, copies: 'many', name, timesItself: true, command: jobCommand(bundled) };
}

function jobCommand(bundled: string): MirrorTool['command'] {
  return async (job, dir) => {
    const env = await bare(dir);
    const file = join(dir, 'job.json');
    await writeFile(file, JSON.stringify(job));
    return { command: process.execPath, args: [bundled, file], env };
  };
}

export function crane(binary: string): MirrorTool {
  return {
    ...peer,
    name: 'crane',
    tls: true,
    command: async (job, dir) => {
      const tag = onlyTag(job);
      const what = tag === undefined ? ['-a', from(job), to(job)] : [`${from(job)}:${tag}`, `${to(job)}:${tag}`];
      const env = { ...(await bare(dir)), ...(job.ca === undefined ? {} : { SSL_CERT_FILE: job.ca }) };
      return { command: binary, args: ['copy', ...(job.ca === undefined ? ['--insecure'] : []), ...what], env };
    },
  };
}

export function regctl(binary: string): MirrorTool {
  return {
    ...peer,
    name: 'regctl',
    copies: 'one',
    command: async (job, dir) => {
      const hosts = [job.source, job.target].flatMap((host) => ['--host', `reg=${host},tls=disabled`]);
      const tag = onlyTag(job) ?? '';
      return {
        command: binary,
        args: ['image', 'copy', ...hosts, `${from(job)}:${tag}`, `${to(job)}:${tag}`],
        env: await bare(dir),
      };
    },
  };
}

export function regsync(binary: string): MirrorTool {
  return {
    ...peer,
    name: 'regsync',
    copies: 'many',
    command: async (job, dir) => {
      const env = await bare(dir);
      const file = join(dir, 'regsync.json');
      const tag = onlyTag(job);
      const ends = tag === undefined ? [from(job), to(job)] : [`${from(job)}:${tag}`, `${to(job)}:${tag}`];
      const config = {
        version: 1,
        creds: [job.source, job.target].map((registry) => ({ registry, tls: 'disabled' })),
        defaults: { parallel: 4 },
        sync: [{ source: ends[0], target: ends[1], type: tag === undefined ? 'repository' : 'image' }],
      };
      await writeFile(file, JSON.stringify(config));
      return { command: binary, args: ['once', '-c', file], env };
    },
  };
}

export function skopeo(binary: string): MirrorTool {
  return {
    ...peer,
    name: 'skopeo',
    command: async (job, dir) => {
      const plain = ['--src-tls-verify=false', '--dest-tls-verify=false', '--preserve-digests', '--retry-times', '3'];
      const tag = onlyTag(job);
      const args =
        tag === undefined
          ? [
              'sync',
              ...plain,
              '--src',
              'docker',
              '--dest',
              'docker',
              from(job),
              `${job.target}/${dirname(job.repository)}`,
            ]
          : ['copy', ...plain, `docker://${from(job)}:${tag}`, `docker://${to(job)}:${tag}`];
      return { command: binary, args: ['--insecure-policy', ...args], env: await bare(dir) };
    },
  };
}

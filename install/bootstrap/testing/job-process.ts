import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { baseModule, bundleBootstrap } from '../../../dev/images/index.ts';

type Session = {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  expiresAt: Date;
};

/** The image's folder: the bundle and the module, and nothing else of ours. */
export async function imageFolder(dir: string): Promise<string> {
  const home = join(dir, 'opt-landfall');
  await mkdir(join(home, 'modules', 'base'), { recursive: true });
  const bundle = await bundleBootstrap();
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  await writeFile(join(home, bundle.name), bundle.bytes);
  await writeFile(join(home, 'modules', 'base', 'cdk.tf.json'), await baseModule());
  return home;
}

/** As CodeBuild answers a build that asks for the credentials of its project's role. */
export async function credentialsServer(session: () => Promise<Session>): Promise<{ url: string; close: () => void }> {
  const server = http.createServer((_, response) => {
    session().then(
      ({ credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresAt }) =>
        response.end(
          JSON.stringify({
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            Token: sessionToken,
            Expiration: expiresAt.toISOString(),
          }),
        ),
      (error: unknown) => {
        response.statusCode = 403;
        response.end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/credentials`, close: () => server.close() };
}

export type JobResult = { exitCode: number | undefined; lines: string[] };

/**
 * One build: the bundle as a process of its own in a work folder of its own, as every container is new. It is killed when
 * `killAt` sees a line; `onLine` sees all of them.
 */
export async function runJob(options: {
  dir: string;
  home: string;
  args: string[];
  env: Record<string, string>;
  killAt?: RegExp;
  onLine?: (line: string) => void;
}): Promise<JobResult> {
  const workDir = await mkdtemp(join(options.dir, 'build-'));
  const lines: string[] = [];
  const child = execa(process.execPath, [join(options.home, 'bootstrap.js'), ...options.args], {
    env: { ...options.env, LANDFALL_HOME: options.home, LANDFALL_WORK_DIR: workDir, PATH: '/usr/bin:/bin' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  for await (const line of child.iterable({ from: 'all' })) {
    lines.push(line);
    options.onLine?.(line);
    if (options.killAt?.test(line) === true) child.kill('SIGKILL');
  }
  return { exitCode: (await child).exitCode, lines };
}

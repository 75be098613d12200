import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { copyArtifact, createRegistryClient, openLayout, registryStore } from '../../oci/index.ts';
import { startDistribution } from '../../test/registry/start-distribution.ts';
import { type Architecture, requireEngines } from '../tools/index.ts';
import { buildRunnerImage } from './index.ts';

const engines = await requireEngines('registry', 'qemu');

const descriptorSchema = z.object({ digest: z.string() });
const indexSchema = z.object({
  manifests: z.array(descriptorSchema.extend({ platform: z.object({ os: z.string(), architecture: z.string() }) })),
});
const manifestSchema = z.object({ config: descriptorSchema, layers: z.array(descriptorSchema) });
const configSchema = z.object({ architecture: z.string(), config: z.object({ Entrypoint: z.array(z.string()) }) });

/** ELF's e_machine. */
const machines = { amd64: 62, arm64: 183 };
const source = `package main

import "os"

func main() { os.Stdout.WriteString("an engine\\n") }
`;

/** As a customer's node meets it: out of a registry, by what its index says. Helm and tofu are small programs here: cross-compiling them takes minutes. */
describe.skipIf(!engines.available)("the runner's image for both processors", () => {
  let dir: string;
  let registry: Awaited<ReturnType<typeof startDistribution>>;
  const roots = new Map<string, { root: string; config: z.infer<typeof configSchema> }>();
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lf-runner-image-'));
    await writeFile(join(dir, 'go.mod'), 'module engine\n\ngo 1.26\n');
    await writeFile(join(dir, 'main.go'), source);
    const enginesFor = async (architecture: Architecture) => {
      const path = join(dir, `engine-${architecture}`);
      const env = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOFLAGS: '', GOWORK: 'off' };
      await execa('go', ['build', '-o', path, '.'], { cwd: dir, env });
      return { helm: path, tofu: path };
    };
    const architectures = ['amd64', 'arm64'] as const;
    const { layoutDir, digest } = await buildRunnerImage({ architectures, enginesFor, say: () => undefined });
    registry = await startDistribution(engines.path('registry'), dir);
    const client = createRegistryClient({ host: registry.host, plainHttp: true });
    const to = registryStore(client, 'landfall/runner');
    await copyArtifact({ from: await openLayout(layoutDir), to, digest, tag: true });
    await client.close();
    const get = async (kind: 'manifests' | 'blobs', of: string): Promise<Buffer> => {
      const accept = ['index', 'manifest'].map((each) => `application/vnd.oci.image.${each}.v1+json`).join(', ');
      const url = `http://${registry.host}/v2/landfall/runner/${kind}/${of}`;
      return Buffer.from(await (await fetch(url, { headers: { accept } })).arrayBuffer());
    };
    const { manifests } = indexSchema.parse(JSON.parse((await get('manifests', digest)).toString()));
    for (const { digest: of, platform } of manifests) {
      const manifest = manifestSchema.parse(JSON.parse((await get('manifests', of)).toString()));
      const config = configSchema.parse(JSON.parse((await get('blobs', manifest.config.digest)).toString()));
      const root = join(dir, platform.architecture);
      await mkdir(root);
      for (const layer of manifest.layers) {
        await execa('tar', ['-xz', '-C', root], { input: await get('blobs', layer.digest) });
      }
      roots.set(`${platform.os}/${platform.architecture}`, { root, config });
    }
  }, 300_000);
  afterAll(async () => {
    await registry?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const rootOf = (platform: string) => {
    const found = roots.get(platform);
    if (found === undefined) throw new Error(`the index has no ${platform}`);
    return found;
  };
  /** By the program, loader and libraries of the image alone. */
  const inside = (platform: string, args: readonly string[]) => {
    const { root } = rootOf(platform);
    const [program = '', ...rest] = args;
    return execa(engines.path('qemu'), ['-L', root, join(root, program), ...rest], {
      reject: false,
      all: true,
      env: { PATH: '/nowhere' },
      extendEnv: false,
    });
  };

  it('is one index with an image for each', () => {
    expect([...roots.keys()]).toEqual(['linux/amd64', 'linux/arm64']);
  });

  it.each(['amd64', 'arm64'] as const)('has nothing but programs for %s in the image for it', async (architecture) => {
    const { root, config } = rootOf(`linux/${architecture}`);
    expect(config.architecture).toBe(architecture);
    for (const name of ['node', 'helm', 'tofu']) {
      const file = await open(join(root, 'usr/local/bin', name));
      const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
      await file.close();
      expect([name, buffer.toString('latin1', 1, 4), buffer.readUInt16LE(18)]).toEqual([
        name,
        'ELF',
        machines[architecture],
      ]);
    }
  });

  it('starts on arm64: Node with the libraries in it, the engines, and the runner as far as its configuration', async () => {
    const { root, config } = rootOf('linux/arm64');
    const version = await inside('linux/arm64', ['usr/local/bin/node', '-p', 'process.arch + " " + process.version']);
    expect(version.all).toMatch(/^arm64 v20\./);
    expect((await inside('linux/arm64', ['usr/local/bin/helm'])).all).toBe('an engine');
    const lookup = 'require("dns").lookup("localhost", (error, address) => console.log(error ?? address))';
    expect((await inside('linux/arm64', ['usr/local/bin/node', '-e', lookup])).all).toMatch(/^(127\.0\.0\.1|::1)$/);
    const [, ...args] = config.config.Entrypoint.map((each) => each.replace('/opt/', `${root}/opt/`));
    const started = await inside('linux/arm64', ['usr/local/bin/node', ...args]);
    expect(started.all).toContain('LF-RUNNER-');
    expect(started.exitCode).toBe(1);
  });

  it('has the same code for both', async () => {
    const [one, other] = ['linux/amd64', 'linux/arm64'].map((each) =>
      readFile(join(rootOf(each).root, 'opt/landfall/main.js')),
    );
    expect((await one)?.equals((await other) ?? Buffer.alloc(0))).toBe(true);
  });

  it('is not built with a program of the wrong processor', async () => {
    const helm = join(dir, 'engine-amd64');
    const building = buildRunnerImage({
      architectures: ['arm64'],
      enginesFor: async () => ({ helm, tofu: helm }),
      say: () => undefined,
    });
    await expect(building).rejects.toMatchObject({ code: 'LF-DEV-009' });
  });
});

import { appendFileSync } from 'node:fs';
import { LandfallError } from '../../contract/index.ts';
import { type DevConfig, readDevConfig } from '../config.ts';
import { findAwsProvider } from './aws-provider.ts';
import { findInPath, findTool } from './find-tool.ts';
import { findPackagedTool } from './packaged-tool.ts';
import { type PackagedTool, type ToolName, packagedToolOf, pinOf } from './pins.ts';
import { realNodesMissing } from './system-packages.ts';

/** Beside the tools: what comes from PyPI and npm, the AWS provider, what real nodes need (root and the distribution's packages), and what runs programs for arm64. */
export type EngineName = ToolName | PackagedTool['name'] | 'aws-provider' | 'nodes' | 'qemu';

/** Of a real control plane whose nodes are simulated. */
export const simulatedCluster = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const satisfies readonly EngineName[];

export type Engines = {
  /** For `describe.skipIf(!engines.available)`. */
  available: boolean;
  /** The path of a tool that was asked for; for the AWS provider, its mirror folder. */
  path(name: EngineName): string;
};

/**
 * What a test file with real processes asks for at its top. Outside CI a missing engine skips the suite and the reason
 * stands in the summary of `npm test`; in CI it is an error.
 */
export async function requireEngines(...names: EngineName[]): Promise<Engines> {
  const config = readDevConfig();
  const paths = new Map<EngineName, string>();
  const missing: string[] = [];
  for (const name of names) {
    const found = await findEngine(name, config);
    if ('path' in found) paths.set(name, found.path);
    else missing.push(`${name} (${found.missing})`);
  }
  if (missing.length > 0) {
    const reason = missing.join(', ');
    if (config.ci) throw new LandfallError('LF-DEV-001', `this suite needs ${reason}`);
    noteSkipped(reason, config);
  }
  return {
    available: missing.length === 0,
    path(name) {
      const path = paths.get(name);
      if (path === undefined) throw new LandfallError('LF-DEV-001', `${name} was not asked for or is missing`);
      return path;
    },
  };
}

/** For a suite that asks of the machine what nothing can install (a kind of cgroup, the right to mount): its skip has a line in the summary, too. */
export function noteSkipped(reason: string, config = readDevConfig()): void {
  if (config.skippedSuitesFile !== undefined) appendFileSync(config.skippedSuitesFile, `${callingTest()}\t${reason}\n`);
}

async function findEngine(name: EngineName, config: DevConfig): Promise<{ path: string } | { missing: string }> {
  if (name === 'nodes') {
    const missing = await realNodesMissing(config);
    return missing === undefined ? { path: '/' } : { missing };
  }
  if (name === 'qemu') {
    const path = await findInPath('qemu-aarch64-static', config);
    return path === undefined ? { missing: '`apt-get install qemu-user-static`' } : { path };
  }
  if (name === 'aws-provider') {
    const provider = await findAwsProvider(config);
    return provider === undefined ? { missing: 'see `npm run dev -- tools`' } : { path: provider.mirrorDir };
  }
  const path =
    name === 'moto' || name === 'cfn-lint' || name === 'checkov' || name === 'azurite'
      ? await findPackagedTool(packagedToolOf(name), config)
      : (await findTool(pinOf(name), config))?.path;
  return path === undefined ? { missing: '`npm run dev -- tools --build`' } : { path };
}

/** The test file that is asking, from the stack. */
function callingTest(): string {
  return (
    /([\w./-]+\.test\.ts)/.exec(new Error('stack').stack ?? '')?.[1]?.replace(`${process.cwd()}/`, '') ?? 'a suite'
  );
}

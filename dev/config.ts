import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything dev/ takes from the environment. */
export type DevConfig = {
  /** Where built tools lie: `<cacheDir>/tools/<name>-<version>/`. */
  cacheDir: string;
  /** The folders of PATH, in order. */
  path: string[];
  /** A tool's explicit path, from `LANDFALL_<NAME>` (LANDFALL_HELM, LANDFALL_KUBE_APISERVER ...). */
  toolPath(name: string): string | undefined;
  /** Folders that may be a Terraform filesystem mirror, best first. */
  terraformPluginDirs: string[];
  /** Folder under which worlds make their own; short, for the sake of unix sockets. */
  worldsDir: string;
  /** In CI a missing engine is a failure, not a skipped suite. */
  ci: boolean;
  /** File that skipped suites are appended to, for the summary of `npm test`. */
  skippedSuitesFile: string | undefined;
};

export function readDevConfig(env: NodeJS.ProcessEnv = process.env): DevConfig {
  const home = env['HOME'] ?? homedir();
  const explicitPlugins = env['LANDFALL_TF_PLUGINS'];
  return {
    cacheDir: env['LANDFALL_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'landfall'),
    path: (env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    toolPath: (name) => env[`LANDFALL_${name.toUpperCase().replaceAll('-', '_')}`],
    terraformPluginDirs: [
      ...(explicitPlugins === undefined ? [] : [explicitPlugins]),
      '/opt/tf-plugins',
      join(home, '.terraform.d/plugins'),
      join(home, '.local/share/terraform/plugins'),
      '/usr/local/share/terraform/plugins',
      '/usr/share/terraform/plugins',
    ],
    worldsDir: env['LANDFALL_WORLDS'] ?? tmpdir(),
    ci: env['CI'] === 'true' || env['CI'] === '1',
    skippedSuitesFile: env['LANDFALL_SKIPPED_SUITES'],
  };
}

/** Every child and library of dev/ would repeat that the AWS SDK will want Node 22 one day; package.json says what we want. */
export function quietAwsSdk(env: NodeJS.ProcessEnv = process.env): void {
  env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}

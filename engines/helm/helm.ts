import type { RunProcess } from '../process/run-process.ts';
import type { HelmOptions } from './connection.ts';
import type { HelmCall, HelmRelease } from './helm-call.ts';
import { type HelmRevision, history } from './history.ts';
import { type HelmList, type HelmListed, list } from './list.ts';
import { type HelmRollback, rollback } from './rollback.ts';
import { type HelmReleaseStatus, status } from './status.ts';
import { type HelmTemplate, template } from './template.ts';
import { type HelmTest, testRelease } from './test-release.ts';
import { type HelmUninstall, uninstall } from './uninstall.ts';
import { type HelmUpgradeInstall, upgradeInstall } from './upgrade-install.ts';
import { version } from './version.ts';

/** Helm 4 as a set of calls. A fake of this is what the runner's unit tests take. */
export type Helm = {
  upgradeInstall(request: HelmUpgradeInstall, call?: HelmCall): Promise<void>;
  rollback(request: HelmRollback, call?: HelmCall): Promise<void>;
  uninstall(request: HelmUninstall, call?: HelmCall): Promise<void>;
  history(request: HelmRelease & { readonly max?: number }, call?: HelmCall): Promise<HelmRevision[]>;
  status(request: HelmRelease, call?: HelmCall): Promise<HelmReleaseStatus | undefined>;
  list(request: HelmList, call?: HelmCall): Promise<HelmListed[]>;
  template(request: HelmTemplate, call?: HelmCall): Promise<string>;
  test(request: HelmTest, call?: HelmCall): Promise<void>;
  version(call?: HelmCall): Promise<string>;
};

export function createHelm(options: HelmOptions & { runProcess: RunProcess }): Helm {
  const context = { options, runProcess: options.runProcess };
  return {
    upgradeInstall: (request, call = {}) => upgradeInstall(context, request, call),
    rollback: (request, call = {}) => rollback(context, request, call),
    uninstall: (request, call = {}) => uninstall(context, request, call),
    history: (request, call = {}) => history(context, request, call),
    status: (request, call = {}) => status(context, request, call),
    list: (request, call = {}) => list(context, request, call),
    template: (request, call = {}) => template(context, request, call),
    test: (request, call = {}) => testRelease(context, request, call),
    version: (call = {}) => version(context, call),
  };
}

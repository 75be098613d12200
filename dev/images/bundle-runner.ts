import { type Bundle, bundle } from './bundle.ts';

/** The runner and its post-renderer. What must never get into the customer's account: the stacks and their library. */
export function bundleRunner(): Promise<Bundle[]> {
  return bundle({
    what: 'the runner',
    entryPoints: { main: 'runner/main.ts', 'post-render': 'runner/post-render/main.ts' },
    forbidden: /(^|\/)(stacks|control-plane|release|dev)\/|node_modules\/(cdktf|constructs|@cdktf)\//,
  });
}

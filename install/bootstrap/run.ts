import { baseInputs, handOffSettings, type InstallSecrets, placeOf } from '../apply-install.ts';
import { type BaseOutputs, installBase, readBase } from '../base.ts';
import type { InstallContext, InstallSession } from '../context.ts';
import { type EndProof, proveEnd } from '../end/prove-end.ts';
import { handOff } from '../hand-off/hand-off.ts';
import type { InstallFile } from '../install-file.ts';
import { networkOfCluster } from './exports.ts';

/** The first run, from outside any network: what `install apply` does up to the hand-off. Killed anywhere, it is run again. */
export async function runBase(
  context: InstallContext,
  file: InstallFile,
  session: InstallSession,
): Promise<{ base: BaseOutputs; exports: Record<string, string> }> {
  const { outputs: base } = await installBase(context, { inputs: baseInputs(file), session });
  return { base, exports: await networkOfCluster(context, { region: file.region, session, base }) };
}

/** CloudFormation made the account stack, so that is where it is updated; its name is the customer's choice. */
function stacksPage(region: string): string {
  const host = region.startsWith('cn-') ? 'console.amazonaws.cn' : 'console.aws.amazon.com';
  return `https://${host}/cloudformation/home?region=${region}#/stacks?filteringText=landfall-account`;
}

/** The second run, inside the new network. It only reads the base stack's state: the first run alone ever holds its lock. */
export async function runHandOff(
  context: InstallContext,
  file: InstallFile,
  secrets: Omit<InstallSecrets, 'credentials'> & { session: InstallSession },
): Promise<{ runner: string; end: EndProof }> {
  const { session } = secrets;
  const place = placeOf(file);
  const base = await readBase(context, { inputs: baseInputs(file), session });
  const settings = await handOffSettings(file);
  if (secrets.vendorRegistry !== undefined) settings.vendorRegistry.credentials = secrets.vendorRegistry;
  const { cluster, holder } = await handOff(context, {
    ...place,
    ...settings,
    session,
    base,
    joinToken: secrets.joinToken,
    permissionsUpdateUrl: stacksPage(file.region),
  });
  const end = await proveEnd(context, { ...place, session, cluster });
  return { runner: holder ?? 'at work', end };
}

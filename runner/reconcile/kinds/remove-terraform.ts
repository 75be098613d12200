import { componentSchema, LandfallError, type TerraformComponent } from '../../../contract/index.ts';
import type { DesiredTerraform } from '../../components/desired.ts';
import type { ComponentRecord } from '../../components/record.ts';
import { destroyTerraform } from '../../components/terraform/act.ts';
import { withdrawOutputs } from '../../components/terraform/outputs.ts';
import { readSecretVariables } from '../../components/terraform/secret-variables.ts';
import { MustWait } from '../../waits.ts';
import type { Leftover, Work } from '../component-kind.ts';
import { secretsNamed } from '../needs/require-secrets.ts';
import { isFalse } from '../told/status.ts';
import { terraformParts } from './terraform-parts.ts';

/** What a component that says so needs to be destroyed by, when no release has it any more. */
export function removalOf(
  work: Work,
  desired: DesiredTerraform,
): Pick<NonNullable<ComponentRecord['terraform']>, 'removal'> {
  const { component, variables, fingerprint } = desired;
  if (component.onRemove !== 'destroy') return { removal: undefined };
  const secrets = secretsNamed(work.parts, component.name, component.secretVariables ?? {}, work.definition);
  return { removal: { component: { ...component }, variables, secrets, fingerprint } };
}

/** What it made stays, unless the release that had it said otherwise, the customer's policy lets it, and they have approved that very plan. */
export async function removeTerraform(work: Work, { name, record }: Leftover): Promise<'removed' | 'kept'> {
  const { parts, definition, status, signals } = work;
  const removal = record.terraform?.removal;
  const leave = (why: string): 'kept' => {
    const message = `${name} is not part of ${definition.key.version}; ${why}`;
    parts.events.event({ reason: 'TerraformLeft', component: name, severity: 'warning', message });
    return 'kept';
  };
  const component = removal === undefined ? null : componentOf(removal.component);
  if (removal === undefined || component === null)
    return leave('what it made stays in the account until it is removed by hand');
  // The way back must not wait for an approval; the next release without it asks.
  if (work.direction !== 'forward') return leave('what it made stays for now');
  if (parts.policy.current().terraform?.onRemove === 'keep')
    return leave("what it made stays: the customer's policy says so");
  const { variables, fingerprint } = removal;
  const tell = (reason: string, message: string): void =>
    status.component({ name, kind: 'terraform' }, 'ShuttingDown', { Ready: isFalse(reason, message) }, record.version);
  tell('Removing', 'everything it made is destroyed');
  try {
    const secrets = await readSecretVariables(parts.kubernetes, name, removal.secrets, signals.stop);
    const desired: DesiredTerraform = { kind: 'terraform', component, variables, fingerprint };
    const begin = { before: async () => undefined };
    await destroyTerraform(terraformParts(parts), desired, secrets, begin, signals.stop);
  } catch (error) {
    if (error instanceof MustWait) tell(error.waiting.reason, error.waiting.message);
    // The release that does not have it any more is not at fault.
    if (!(error instanceof LandfallError) || !refusals.has(error.code)) throw error;
    return leave(`what it made stays: ${error.message}`);
  }
  const place = record.terraform?.outputsSecret;
  if (place !== undefined) await withdrawOutputs(terraformParts(parts), name, place, signals.stop);
  const message = `${name} is not part of ${definition.key.version}; everything it made is destroyed`;
  parts.events.event({ reason: 'TerraformDestroyed', component: name, severity: 'normal', message });
  return 'removed';
}

const refusals: ReadonlySet<string> = new Set([
  'LF-RUNNER-010',
  'LF-RUNNER-160',
  'LF-RUNNER-161',
  'LF-RUNNER-167',
  'LF-RUNNER-168',
  'LF-ENGINES-020',
]);

/** As an earlier runner, or a later one, has written it. */
function componentOf(written: unknown): TerraformComponent | null {
  const component = componentSchema.safeParse(written).data;
  return component?.kind === 'terraform' ? component : null;
}

import { type Component, LandfallError, sha256 } from '../../../contract/index.ts';
import type { Work } from '../component-kind.ts';
import { restartComponent } from './restart.ts';

/**
 * After a component is settled: a secret that has another value than when it was settled before is followed without a release. Its workloads are
 * rolled, or (the input's `onRotation: tell`, a policy without the verb `restart`, nothing to roll) it is only told.
 * What was seen is written last: killed before, it is done again, and the same restart twice is one.
 */
export async function followSecrets(work: Work, component: Component): Promise<void> {
  const { parts, memory, definition, signals } = work;
  const { name } = component;
  const seen = parts.seenSecrets.get(name);
  if (seen === undefined || parts.secretMarks === undefined) return;
  const document = memory.component(name);
  const record = await document.read();
  if (record === null) return;
  const before = record.secretMarks ?? {};
  const after = Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  const changed = Object.keys(after).filter((input) => before[input] !== undefined && before[input] !== after[input]);
  if (changed.length > 0) {
    const tell = (what: string): void => {
      const message = `${name}: another value of ${changed.join(', ')}; ${what}`;
      parts.events.event({ reason: 'SecretChanged', component: name, severity: 'normal', message });
    };
    const reads = new Set(
      definition.release.inputs.secrets.filter((each) => each.onRotation === 'tell').map((each) => each.name),
    );
    if (changed.every((input) => reads.has(input))) tell('it reads it anew by itself');
    else if (parts.policy.current().allowedVerbs?.includes('restart') === false) {
      tell("it is not restarted, since the customer's policy does not allow the verb restart");
    } else {
      const rolled = await roll(work, name, `secrets-${sha256(JSON.stringify(after)).slice(7, 23)}`);
      tell(rolled ? 'its workloads are rolled' : 'it has no workloads that could be rolled');
    }
  }
  signals.stop.throwIfAborted();
  await document.write({ ...record, secretMarks: after }, 'the secrets that it was given');
}

async function roll({ parts, memory, signals }: Work, component: string, id: string): Promise<boolean> {
  try {
    await restartComponent(parts, memory, component, id, signals.stop);
    return true;
  } catch (error) {
    if (error instanceof LandfallError && error.code === 'LF-RUNNER-014') return false;
    throw error;
  }
}

import { canonicalJson, componentNameSchema, type Release, sha256 } from '../../../contract/index.ts';
import type { PassResult } from '../../ports.ts';
import type { Waiting } from '../../waits.ts';
import { type Definition, lastGoodDefinition, wantedDefinition } from '../definition.ts';
import type { ComponentFailed } from './failure.ts';
import { ofKind } from '../kinds/index.ts';
import type { Held, LastGood, TargetKey } from '../memory/memory.ts';
import type { Pass } from '../pass.ts';
import { isFalse, isTrue } from '../told/status.ts';

/** Nothing goes back: the release stays where it failed, and is told to be held until somebody decides. */
export async function hold(
  pass: Pass,
  target: TargetKey,
  lastGood: LastGood | null,
  failure: ComponentFailed,
): Promise<PassResult> {
  const { parts, memory } = pass;
  const at = parts.clock.now().toISOString();
  const { component } = failure;
  const reason = failure.message.slice(0, 1000);
  const held = { component, reason, at, digest: sha256(canonicalJson({ target, component, at })) };
  const startedAt = (await memory.transition.read())?.startedAt ?? at;
  const why = `held: ${component} failed on the way to ${target.version}`;
  await memory.transition.write({ to: target, direction: 'forward', reason: why, startedAt, held }, why);
  parts.events.event({ reason: 'ReleaseHeld', component, severity: 'warning', message: reason });
  return stayHeld(pass, target, lastGood, held);
}

/** While it is held: how everything is, without touching anything. */
export async function stayHeld(
  pass: Pass,
  target: TargetKey,
  lastGood: LastGood | null,
  held: Held,
): Promise<PassResult> {
  const { status, state } = pass;
  if (state.release !== null) await lookAtAll(pass, target, state.release, lastGood, held);
  const message = `${target.version} is held where it failed: ${held.reason}`;
  status.decided({ action: 'hold', why: message });
  status.install({}, { Ready: isFalse('Held', message), Stalled: isTrue('Held', message) });
  return { kind: 'waiting', ...waitingFor(target, held) };
}

function waitingFor(target: TargetKey, held: Held): Waiting {
  const { component, digest, reason } = held;
  const how = `to try ${target.version} again, add {component: ${component}, planDigest: ${digest}} to approvals of the RunnerPolicy; or publish, or ask for, another release`;
  const details = { component: componentNameSchema.parse(component), planDigest: digest };
  return { reason: 'Held', message: `${how}: ${reason}`, until: null, details };
}

/** Each component by the definition that is applied of it: those that had their turn by the new one, the others by the one before. */
async function lookAtAll(
  pass: Pass,
  target: TargetKey,
  release: Release,
  lastGood: LastGood | null,
  held: Held,
): Promise<void> {
  const { memory, status } = pass;
  const wanted = wantedDefinition(target, release, pass.state);
  for (const { name } of release.components) {
    wanted.outputs[name] = (await memory.component(name).read())?.outputs ?? {};
  }
  for (const component of release.components) {
    const version = (await memory.component(component.name).read())?.version ?? null;
    if (component.name === held.component) {
      const facts = { Ready: isFalse('Held', held.reason), Stalled: isTrue('Held', held.reason) };
      status.component(component, 'Error', facts, version);
      continue;
    }
    const before = lastGood?.release.components.find(({ name }) => name === component.name);
    if (version === null) {
      const message = `its turn had not come when ${held.component} failed`;
      status.component(component, 'Unknown', { Ready: isFalse('NotInstalled', message) }, null);
    } else if (version === target.version || before === undefined || lastGood === null) {
      await lookAt(pass, wanted, component);
    } else {
      await lookAt(pass, lastGoodDefinition(lastGood), before);
    }
  }
}

async function lookAt(pass: Pass, definition: Definition, component: Release['components'][number]): Promise<void> {
  await ofKind(component).look({ ...pass, definition });
}

import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runnerPolicySchema } from '../../contract/index.ts';
import type { RunProcess } from '../../engines/index.ts';
import { MustWait } from '../waits.ts';
import { killedAtApply, type TerraformRig, type Wanted } from './terraform-rig.ts';

/** A place of states, seen from outside: not by what the engine or the runner says of it. */
export type StatePlace = {
  rig: TerraformRig;
  /** What another runner does, on the same states. */
  other: TerraformRig;
  /** The component's name there: several engines may share a place. */
  own: (component: string) => string;
  stateOf: (component: string) => Promise<{ serial: number; resources: unknown[] }>;
  /** Whose lock is on the state; empty: nobody's. */
  holderOf: (component: string) => Promise<string>;
  /** From now on no state can be written, until `mend`. */
  cut: () => Promise<unknown>;
  mend: () => Promise<unknown>;
};

/** A module with one thing in it that takes `seconds` to make: long enough for the test to do something meanwhile. */
export const thing = (name: string, seconds = 0): Wanted => made(name, `sleep ${seconds}`);

const made = (name: string, command: string): Wanted => ({
  module: `
variable "name" { type = string }
resource "terraform_data" "thing" {
  input = var.name
  provisioner "local-exec" { command = ${JSON.stringify(command)} }
}
output "name" { value = terraform_data.thing.output }
`,
  variables: { name },
  settings: { outputs: ['name'] },
});

/** What the runner relies on wherever states are. */
export function itKeepsStates(place: () => StatePlace): void {
  const wanted = (component: string, what: Wanted) => place().rig.desired(place().own(component), what);

  it('a component is planned and applied; its state is there, and its lock is free again', async () => {
    const { rig, own, stateOf, holderOf } = place();
    expect(await rig.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 1 });
    expect(await stateOf(own('first'))).toMatchObject({ resources: [{ type: 'terraform_data' }] });
    expect(await holderOf(own('first'))).toBe('');
    expect(await rig.act(wanted('first', thing('a')))).toEqual({ outputs: { name: 'a' }, applies: 0 });
    expect(await rig.drift(wanted('first', thing('a')))).toEqual([]);
  });

  it('what replaces waits for its approval, and what is removed goes once it is approved', async () => {
    const { rig, own, stateOf } = place();
    const gone = wanted('gone', thing('a'));
    await rig.act(gone);
    const error = await rig.destroy(gone).then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof MustWait)) throw new Error(`it did not wait: ${String(error)}`);
    const planDigest = error.waiting.details?.planDigest;
    const policy = runnerPolicySchema.parse({ approvals: [{ component: own('gone'), planDigest }] });
    await rig.destroy(gone, { policy });
    expect(await stateOf(own('gone'))).toMatchObject({ resources: [] });
  });

  it('a lock of somebody is waited for, told with who and since when; that of a dead holder is taken off', async () => {
    const { rig, own, holderOf } = place();
    const from = new Date();
    const dying = killedAtApply(rig.real);
    await expect(rig.act(wanted('killed', thing('b', 60)), { runProcess: dying })).rejects.toMatchObject({
      code: 'LF-ENGINES-004',
    });
    expect(await holderOf(own('killed'))).not.toBe('');
    const next = wanted('killed', thing('b'));
    const error = await rig.act(next).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MustWait);
    expect(error).toMatchObject({ waiting: { reason: 'StateLocked' } });
    expect(String(error)).toMatch(new RegExp(`@${hostname()} since 20\\d\\d-.*OperationTypeApply`));
    const dead = [{ identity: 'pod/landfall-system/r/uid', host: hostname(), epoch: 3, from, to: null }];
    expect(await rig.act(next, { dead })).toMatchObject({ outputs: { name: 'b' } });
    expect(await holderOf(own('killed'))).toBe('');
    expect(rig.events.join('\n')).toMatch(/TerraformUnlocked: .*pod\/landfall-system\/r\/uid \(epoch 3\) is dead/);
  });

  it('a lock of a living holder stays, though a runner of that machine died before, and its work goes on', async () => {
    const { rig, other, own, stateOf, holderOf } = place();
    const dir = await mkdtemp(join(tmpdir(), 'lf-living-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const [began, go] = [join(dir, 'began'), join(dir, 'go')];
    const command = `touch ${began}; until [ -e ${go} ]; do sleep 0.1; done`;
    const long = other.desired(own('living'), made('b', command));
    const from = new Date(Date.now() - 60_000);
    const working = other.act(long);
    await vi.waitFor(() => access(began), { timeout: 60_000 });
    const holder = await holderOf(own('living'));
    expect(holder).not.toBe('');
    const died = { identity: 'pod/x', host: hostname(), epoch: 1, from, to: new Date(Date.now() - 30_000) };
    const error = await rig.act(wanted('living', thing('c')), { dead: [died] }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ waiting: { reason: 'StateLocked' } });
    expect(await holderOf(own('living'))).toBe(holder);
    await writeFile(go, '');
    expect(await working).toMatchObject({ outputs: { name: 'b' } });
    expect(await holderOf(own('living'))).toBe('');
    expect(await stateOf(own('living'))).toMatchObject({ resources: [{ type: 'terraform_data' }] });
  });

  it('a state that could not be written at the end of an apply is written back first, and nothing is made twice', async () => {
    const { rig, own, stateOf, holderOf, cut, mend } = place();
    const file = join(rig.privateDir, '..', `made-${basename(rig.privateDir)}`);
    onTestFinished(() => rm(file, { force: true }));
    const maker = wanted('cut', {
      module: `resource "terraform_data" "thing" {
  provisioner "local-exec" { command = "echo made >> ${file}; sleep 4" }
}
`,
    });
    const taken: Promise<unknown>[] = [];
    const cutting: RunProcess = (request) =>
      rig.real({
        ...request,
        parseLine: (text) => {
          request.parseLine?.(text);
          if (text.includes('"type":"apply_start"')) taken.push(cut());
        },
      });
    try {
      await expect(rig.act(maker, { runProcess: cutting })).rejects.toMatchObject({ code: 'LF-RUNNER-166' });
      await Promise.all(taken);
      expect(await stateOf(own('cut'))).toMatchObject({ resources: [] });
      // Still not to be written: kept, and nothing is done meanwhile.
      await expect(rig.act(maker)).rejects.toThrow(/Writing the state back/);
    } finally {
      await mend();
    }
    const again = (): Promise<unknown> => rig.act(maker);
    await vi.waitFor(async () => expect(await again()).toEqual({ outputs: {}, applies: 0 }), { timeout: 20_000 });
    expect(await stateOf(own('cut'))).toMatchObject({ resources: [{ type: 'terraform_data' }] });
    expect(await readFile(file, 'utf8')).toBe('made\n');
    expect(rig.events.join('\n')).toContain('TerraformStateRescued');
    expect(await holderOf(own('cut'))).toBe('');
  });
}

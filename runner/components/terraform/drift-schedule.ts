import type { TerraformComponent } from '../../../contract/index.ts';
import type { DriftRecord } from './drift-record.ts';

/** How often it is looked whether others have changed something, and what becomes of it. */
export type DriftSettings = { mode: 'off' | 'warn' | 'correct'; everyMinutes: number };

/** Once a day, and told. */
const usual: DriftSettings = { mode: 'warn', everyMinutes: 1440 };

type OfComponent = Pick<TerraformComponent, 'drift' | 'driftEveryMinutes' | 'baseLayer'>;

/** What the component says, else what the install says of all of them. */
export function driftSettings(component: OfComponent, install: DriftSettings = usual): DriftSettings {
  if (component.baseLayer === true) return { ...install, mode: 'off' };
  return {
    mode: component.drift ?? install.mode,
    everyMinutes: component.driftEveryMinutes ?? install.everyMinutes,
  };
}

/** When the next look is due; null: never. Pure. */
export function nextDriftCheck(
  { mode, everyMinutes }: DriftSettings,
  record: DriftRecord | undefined,
  now: Date,
): Date | null {
  if (mode === 'off') return null;
  if (record === undefined) return now;
  const at = new Date(record.checkedAt).getTime();
  const due = new Date(at + everyMinutes * 60_000);
  // A clock that was set back must not put it off for longer than it is set to.
  return at > now.getTime() ? now : due;
}

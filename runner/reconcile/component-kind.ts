import type { Component, ComponentReport } from '../../contract/index.ts';
import type { Direction } from '../components/direction.ts';
import type { ComponentRecord } from '../components/record.ts';
import type { ObjectRef } from '../kubernetes/index.ts';
import type { PassSignals } from '../ports.ts';
import type { Definition } from './definition.ts';
import type { Memory } from './memory/memory.ts';
import type { Parts } from './parts.ts';
import type { StatusKeeper } from './told/status.ts';
import type { WatchTarget } from './settle/watch-target.ts';

/** What one component is settled with. */
export type Work = {
  parts: Parts;
  memory: Memory;
  status: StatusKeeper;
  definition: Definition;
  direction: Direction;
  signals: PassSignals;
};

/** `moved`: forward-only, and no longer what the release in force says. */
export type Settled = 'settled' | 'moved' | 'superseded' | 'unhealthy' | 'degraded';

/** For looking without touching: `definition` is the last good release. */
export type Look = Omit<Work, 'direction'>;

/** A component that is not part of the release any more (or not where it was: `why`), by what is remembered of it. */
export type Leftover = { name: ComponentReport['name']; record: ComponentRecord; why?: string };

/** One kind of components. Each is a file in kinds/, over a folder in runner/components/ that observes, decides and acts; kinds/index.ts lists them. */
export type ComponentKind<C extends Component> = {
  /** Brings a component to what the definition says, and waits until it is healthy (not when it is only being kept). */
  settle(work: Work, component: C): Promise<Settled>;
  /** How it is, told as its status; nothing is changed. */
  look(look: Look, component: C): Promise<void>;
  /** Takes away what can be taken away; `kept` stays in memory, since it stays in the world. */
  remove(work: Work, leftover: Leftover): Promise<'removed' | 'kept'>;
  /** What a loop watches for the components settled or looked at so far. */
  watchTargets(parts: Parts): WatchTarget[];
  /** Objects that a restart request may roll. */
  workloads(parts: Parts, record: ComponentRecord, signal: AbortSignal): Promise<ObjectRef[]>;
};

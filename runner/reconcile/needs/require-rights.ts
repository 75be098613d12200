import {
  componentNameSchema,
  describeError,
  LandfallError,
  type Release,
  type WaitingDetails,
} from '../../../contract/index.ts';
import { approvalManifest, askedBy, type MissingRight, missingRights } from '../../accounts/index.ts';
import { MustWait, type Waiting } from '../../waits.ts';
import { backoffMs } from '../stance/backoff.ts';
import type { Work } from '../component-kind.ts';
import type { Parts } from '../parts.ts';

/** Roles may come in many ways: while rights are missing, it is asked again after the longest pause there is. */
const longestPause = 10;
/** Where the customer's admin finds what to apply. */
const requestName = 'landfall-rights-needed';
const file = 'rights.yaml';

/**
 * What keeps a release from being begun: rights in the cluster that components ask for beyond the usual, and that the customer has not given
 * their accounts. What to apply is written down in the runner's namespace; the runner itself has no right to give it. null: nothing.
 */
export async function rightsNeeded(parts: Parts, release: Release, signal: AbortSignal): Promise<Waiting | null> {
  const { accounts, namespace: own } = parts;
  if (accounts === undefined) return null;
  const asked = askedBy(release);
  const missing = asked.length === 0 ? [] : await missingRights(accounts.impersonation, own, asked, signal);
  if (missing.length === 0) {
    await request(parts, null, signal);
    return null;
  }
  const places = [
    ...new Set(asked.flatMap(({ namespaces, rights }) => rights.flatMap((right) => right.namespaces ?? namespaces))),
  ];
  const there = await Promise.all(
    places.map((name) =>
      parts.kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name }, { metadataOnly: true, signal }),
    ),
  );
  const absent = places.filter((_, i) => there[i] === null);
  const title = `${release.product} ${release.version}`;
  await request(parts, approvalManifest({ own, release: title, asked, absent }), signal);
  const told = missing.map((each) => {
    return `${each.component}: ${each.verbs.join(', ')} ${each.resource}${each.apiGroup === '' ? '' : `.${each.apiGroup}`}${each.namespace === '' ? '' : ` in ${each.namespace}`}`;
  });
  const how = `read and apply kubectl -n ${own} get configmap ${requestName} -o jsonpath='{.data.rights\\.yaml}'`;
  // The way out comes first: a long list is cut at the end.
  const message = `${how}; nothing is touched before: ${title} needs rights in the cluster that are not given (${told.join('; ')})`;
  return { reason: 'RightsNeeded', message, until: later(parts), details: detailsOf(missing) };
}

/**
 * A release on its way that may not do something goes back, since it does not state what it needs. What is being kept, or gone back to, was once
 * allowed: somebody has taken that away, and may give it again.
 */
export function waitForRights({ parts, direction }: Pick<Work, 'parts' | 'direction'>, error: unknown): unknown {
  if (direction === 'forward' || !(error instanceof LandfallError) || error.code !== 'LF-RUNNER-150') return error;
  return new MustWait({ reason: 'RightsNeeded', message: describeError(error), until: later(parts) });
}

function later({ clock, backoff = backoffMs }: Parts): Date {
  return new Date(clock.now().getTime() + backoff(longestPause));
}

function detailsOf(missing: readonly MissingRight[]): WaitingDetails {
  return {
    rights: missing.slice(0, 100).map(({ component, verbs, ...rest }) => {
      return { ...rest, component: componentNameSchema.parse(component), verbs: verbs.slice(0, 20) };
    }),
  };
}

/** null: nothing is needed any more. */
async function request(parts: Parts, text: string | null, signal: AbortSignal): Promise<void> {
  const { kubernetes, effects, namespace } = parts;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: requestName };
  const live = await kubernetes.get(ref, { signal });
  const before = textOf(live);
  if (before === text) return;
  const intent = text === null ? 'nothing is missing any more' : 'what is missing, to be applied by an admin';
  await effects.run('rights-request', { target: requestName, intent }, async (context) => {
    if (text === null) {
      await kubernetes.delete(ref, { signal: context.signal });
      return;
    }
    const { apiVersion, kind } = ref;
    const object = { apiVersion, kind, metadata: { name: requestName, namespace }, data: { [file]: text } };
    await kubernetes.apply(object, { fieldManager: 'landfall-runner', force: true, signal: context.signal });
  });
}

function textOf(live: unknown): string | null {
  if (live === null || typeof live !== 'object' || !('data' in live)) return null;
  const { data } = live;
  if (data === null || typeof data !== 'object' || !(file in data)) return null;
  return typeof data[file] === 'string' ? data[file] : null;
}

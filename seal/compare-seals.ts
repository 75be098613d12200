import type { OutsidePrincipal, SealReport } from '../contract/index.ts';

export type SealChange = {
  reason:
    | 'OutsidePrincipalFound'
    | 'InstallRoleReappeared'
    | 'PlaceNotVisible'
    | 'PolicyUnreadable'
    | 'OutsidePrincipalGone'
    | 'PlaceVisible';
  /** Somebody must hear of it. */
  alarm: boolean;
  message: string;
};

/** What is different from the seal before, in words; without one before, everything that is wrong is new. Pure. */
export function compareSeals(before: SealReport | null, now: SealReport): SealChange[] {
  const changes: SealChange[] = [];
  const old = new Map((before?.places ?? []).map((place) => [place.name, place]));
  if (now.installRole === 'present' && before?.installRole !== 'present') {
    const message = 'the install role is there; close install_access in the account stack';
    changes.push({ reason: 'InstallRoleReappeared', alarm: true, message });
  }
  for (const place of now.places) {
    const previous = old.get(place.name);
    const strangers = (previous?.outside ?? []).filter((one) => !one.accepted);
    const was = new Set(strangers.map(keyOf));
    const wasSo = new Set(strangers.map(keyWithConditions));
    const is = new Set(place.outside.filter((one) => !one.accepted).map(keyOf));
    for (const one of place.outside.filter((each) => !each.accepted && !wasSo.has(keyWithConditions(each)))) {
      const how = was.has(keyOf(one)) ? `on other conditions than before: ${one.conditions.join(', ') || 'none'}` : '';
      const message = `${one.principal} (${one.kind}) from outside the account can enter ${one.where} by its ${one.via} ${how}`;
      changes.push({ reason: 'OutsidePrincipalFound', alarm: true, message: message.trim() });
    }
    const unlisted = place.outsideTotal - place.outside.length;
    if (unlisted > (previous === undefined ? 0 : previous.outsideTotal - previous.outside.length)) {
      const message = `${place.name}: ${unlisted} ways in from outside are more than the seal lists; somebody new can be among them`;
      changes.push({ reason: 'OutsidePrincipalFound', alarm: true, message });
    }
    for (const one of (previous?.outside ?? []).filter((each) => !each.accepted && !is.has(keyOf(each)))) {
      const message = `${one.principal} (${one.kind}) can no longer enter ${one.where}, or is known now`;
      changes.push({ reason: 'OutsidePrincipalGone', alarm: false, message });
    }
    for (const what of fresh(previous?.notVisible, place.notVisible))
      changes.push({ reason: 'PlaceNotVisible', alarm: true, message: `${place.name}: ${what}` });
    for (const what of fresh(previous?.unreadable, place.unreadable))
      changes.push({ reason: 'PolicyUnreadable', alarm: true, message: `${place.name}: ${what}` });
    for (const what of fresh(place.notVisible, previous?.notVisible ?? []))
      changes.push({ reason: 'PlaceVisible', alarm: false, message: `${place.name}: visible again: ${what}` });
  }
  return changes;
}

const keyOf = (one: OutsidePrincipal): string => `${one.kind} ${one.principal} ${one.where} ${one.via}`;

const keyWithConditions = (one: OutsidePrincipal): string => [keyOf(one), ...one.conditions.toSorted()].join('\n');

function fresh(before: readonly string[] | undefined, now: readonly string[]): string[] {
  const known = new Set(before ?? []);
  return now.filter((what) => !known.has(what));
}

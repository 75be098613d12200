import {
  type Digest,
  type InstallId,
  type KnownPrincipal,
  type OutsidePrincipal,
  type SealPlace,
  type SealReport,
  type SealVerdict,
  apiVersion,
  mostOutsidePrincipals,
} from '../contract/index.ts';
import type { Census } from './census.ts';
import type { PlaceFindings } from './places/index.ts';

export type SealOptions = {
  install: InstallId;
  known: readonly KnownPrincipal[];
  previous: Digest | null;
};

/** What is signed and may leave the account: outside principals and counts. Pure. */
export function sealReport(census: Census, options: SealOptions): SealReport {
  const places = census.places.map((place) => sealPlace(place, options.known));
  const verdict = verdictOf(census.installRole, places);
  return {
    apiVersion,
    kind: 'Seal',
    critical: [],
    install: options.install,
    account: census.account,
    regions: census.regions,
    at: census.at.toISOString(),
    observer: census.observer.slice(0, 300),
    installRole: census.installRole,
    people: census.people,
    places,
    verdict,
    summary: summaryOf(verdict, census, places),
    previous: options.previous,
  };
}

/** Open as soon as somebody can enter whom nobody accepted; sealed only if everything was seen. Pure. */
export function verdictOf(installRole: Census['installRole'], places: readonly SealPlace[]): SealVerdict {
  const strangers = places.some((place) => strangersAt(place) > 0);
  if (strangers || installRole === 'present') return 'open';
  const hidden = places.some((place) => place.notVisible.length > 0 || place.unreadable.length > 0);
  return hidden || installRole === 'unknown' ? 'incomplete' : 'sealed';
}

/** Those beyond the report's limit count as not accepted: they cannot be seen here. */
export function strangersAt(place: Pick<SealPlace, 'outside' | 'outsideTotal'>): number {
  return place.outsideTotal - place.outside.filter(({ accepted }) => accepted).length;
}

/** An account accepts its principals too, an organization only itself; `where` narrows to one resource. */
export function isKnown(principal: { principal: string; where: string }, known: readonly KnownPrincipal[]): boolean {
  return known.some((one) => {
    if (one.where === undefined ? one.principal.includes('*') : one.where !== principal.where) return false;
    if (one.principal === principal.principal) return true;
    const account = /^arn:aws(?:-[a-z]+)*:(?:iam|sts)::(\d{12}):/.exec(principal.principal)?.[1];
    const named = /^(?:arn:aws(?:-[a-z]+)*:iam::)?(\d{12})(?::root)?$/.exec(one.principal)?.[1];
    const itself = /^\d{12}$/.test(principal.principal) ? principal.principal : account;
    // The account's own identity providers are not people of that account.
    const provider = /:(?:oidc|saml)-provider\//.test(principal.principal);
    return named !== undefined && !provider && named === itself;
  });
}

function sealPlace(place: PlaceFindings, known: readonly KnownPrincipal[]): SealPlace {
  const all = place.outside.map((one) => ({
    kind: one.kind,
    principal: one.principal.slice(0, 400) || 'unknown',
    where: one.where.slice(0, 400) || 'unknown',
    via: one.via,
    conditions: one.conditions.slice(0, 20),
    accepted: isKnown(one, known),
  }));
  // The unknown ones first: where the list is cut, it is cut among those that the customer knows.
  const outside: OutsidePrincipal[] = [...all.filter((one) => !one.accepted), ...all.filter((one) => one.accepted)];
  return {
    name: place.name,
    looked: place.looked,
    outside: outside.slice(0, mostOutsidePrincipals),
    outsideTotal: outside.length,
    services: place.services.length,
    servicesUnbound: place.services.filter(({ bound, via }) => !bound && via !== 'trust policy').length,
    notVisible: cut(place.notVisible),
    unreadable: cut(place.unreadable),
    notes: cut(place.notes),
  };
}

const longestList = 50;

/** What is left out is counted in the last line. */
function cut(lines: readonly string[]): string[] {
  const short = lines.map((line) => line.slice(0, 300));
  if (short.length <= longestList) return short;
  return [...short.slice(0, longestList - 1), `and ${short.length - longestList + 1} more`];
}

function summaryOf(verdict: SealVerdict, census: Census, places: readonly SealPlace[]): string {
  const sum = (of: (place: SealPlace) => number): number => places.reduce((total, place) => total + of(place), 0);
  const looked = `${counted(
    sum(({ looked }) => looked),
    'resource',
  )} at ${counted(places.length, 'place')} were looked at`;
  const strangers = sum(strangersAt);
  const accepted = sum((place) => place.outsideTotal) - strangers;
  const hidden = sum((place) => place.notVisible.length + place.unreadable.length);
  const more = [
    { present: 'The install role is there.', gone: 'The install role is gone.', none: '', unknown: '' }[
      census.installRole
    ],
    accepted === 0
      ? ''
      : `${counted(accepted, 'way')} in that the customer knows of ${accepted === 1 ? 'is' : 'are'} accepted.`,
    hidden === 0 ? '' : `${counted(hidden, 'thing')} could not be seen or read.`,
  ].filter((part) => part !== '');
  const first = {
    sealed: `Nobody from outside can enter the account: ${looked}.`,
    open:
      strangers === 0
        ? `The account is open: ${looked}.`
        : `${counted(strangers, 'way')} into the account from outside: ${looked}.`,
    incomplete: `The census is not whole: ${looked}.`,
  }[verdict];
  return [first, ...more].join(' ');
}

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

import type { OutsideKind, SealPlaceName } from '../../contract/index.ts';
import { type AccountFacts, type Who, outsidePrincipals } from '../analyse/index.ts';

export type Outside = { kind: OutsideKind; principal: string; where: string; via: string; conditions: string[] };
export type ServiceUse = { principal: string; where: string; via: string; bound: boolean };

/** All that the census saw at one place. It stays in the account; the seal takes counts and outside principals from it. */
export type PlaceFindings = {
  name: SealPlaceName;
  looked: number;
  outside: Outside[];
  services: ServiceUse[];
  notVisible: string[];
  unreadable: string[];
  notes: string[];
};

/** What a walker says while it walks. */
export type Findings = {
  /** One more resource was looked at. */
  looked(): void;
  /** A policy that lets in: everybody from outside in it is listed. */
  policy(document: unknown, where: string, via: string): void;
  /** A policy that only holds back what passes (VPC endpoints): those from outside whom it names, but not `*`. */
  filter(document: unknown, where: string, via: string): void;
  who(who: Who, where: string, via: string): void;
  outside(kind: OutsideKind, principal: string, where: string, via: string): void;
  notVisible(what: string): void;
  unreadable(what: string): void;
  note(what: string): void;
};

export function collectFindings(
  name: SealPlaceName,
  facts: AccountFacts,
): { findings: Findings; result: () => PlaceFindings } {
  const seen: PlaceFindings = {
    ...{ name, looked: 0, outside: [], services: [], notVisible: [], unreadable: [], notes: [] },
  };
  const policy = (document: unknown, where: string, via: string, keepAnyone: boolean): void => {
    const found = outsidePrincipals(document, facts);
    for (const one of found.outside) {
      if (keepAnyone || one.kind === 'aws' || one.kind === 'federated' || one.kind === 'canonical-user')
        seen.outside.push({ ...one, where, via });
    }
    for (const one of found.services) seen.services.push({ ...one, where, via });
    for (const what of found.unreadable) seen.unreadable.push(`${where}: ${via}: ${what}`);
  };
  const findings: Findings = {
    looked: () => {
      seen.looked += 1;
    },
    policy: (document, where, via) => policy(document, where, via, true),
    filter: (document, where, via) => policy(document, where, via, false),
    who: (who, where, via) => {
      if (who.who === 'outside')
        seen.outside.push({ kind: who.kind, principal: who.principal, where, via, conditions: [] });
      else if (who.who === 'service') seen.services.push({ principal: who.principal, where, via, bound: true });
      else if (who.who === 'unreadable') seen.unreadable.push(`${where}: ${via}: ${who.what}`);
    },
    outside: (kind, principal, where, via) => {
      seen.outside.push({ kind, principal, where, via, conditions: [] });
    },
    notVisible: (what) => {
      seen.notVisible.push(what);
    },
    unreadable: (what) => {
      seen.unreadable.push(what);
    },
    note: (what) => {
      seen.notes.push(what);
    },
  };
  const order = (a: Outside, b: Outside): number =>
    `${a.where} ${a.principal} ${a.via}`.localeCompare(`${b.where} ${b.principal} ${b.via}`);
  return {
    findings,
    result: () => ({
      ...seen,
      outside: seen.outside.toSorted(order),
      notVisible: [...new Set(seen.notVisible)].sort(),
      unreadable: [...new Set(seen.unreadable)].sort(),
    }),
  };
}

import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { LandfallError, type SealPlaceName, describeError, sealPlaces } from '../contract/index.ts';
import { type AccountFacts, bareFacts } from './analyse/index.ts';
import type { CensusClients } from './clients.ts';
import {
  type GlobalWalk,
  type IamSeen,
  type PlaceFindings,
  collectFindings,
  ownIssuers,
  readOrganization,
  regionalPlaces,
  walkIam,
  walkOrganizations,
  walkS3,
} from './places/index.ts';

export type CensusOptions = {
  clients: CensusClients;
  /** Refused (LF-SEAL-003) when the credentials are of another account. */
  accountId: string;
  /** At least one; the first is the install's own. */
  regions: readonly [string, ...string[]];
  /** The one-time role to look for; null when the install never had one. */
  installRoleName: string | null;
  now: () => Date;
  signal: AbortSignal;
};

/** Everything that was seen. It stays in the account; `sealReport` makes of it what is signed. */
export type Census = {
  account: string;
  regions: string[];
  at: Date;
  observer: string;
  installRole: 'gone' | 'present' | 'none' | 'unknown';
  people: IamSeen['people'];
  places: PlaceFindings[];
};

/** Walks every trust and resource policy of the account. Reads only, no data; what cannot be read is said, not thrown. */
export async function takeCensus(options: CensusOptions): Promise<Census> {
  const { clients, signal, regions } = options;
  const at = options.now();
  const observer = await whoAmI(options);
  const partition = observer.split(':')[1] ?? 'aws';
  const walks = new Map<SealPlaceName, ReturnType<typeof collectFindings>>();
  let facts: AccountFacts = bareFacts(options.accountId);
  const globalWalk = (name: SealPlaceName): GlobalWalk => {
    const collected = walks.get(name) ?? collectFindings(name, facts);
    walks.set(name, collected);
    return { facts, findings: collected.findings, signal, clients: clients.global, regions, partition };
  };
  const organization = await readOrganization(globalWalk('organizations'));
  facts = {
    accountId: options.accountId,
    organizationId: organization?.Id ?? null,
    ownIssuers: await issuersOf(options),
    canonicalUserId: await canonicalUserId(options),
  };

  const iam = walkIam(globalWalk('iam'));
  const work: Promise<unknown>[] = [
    iam,
    walkS3(globalWalk('s3')),
    walkOrganizations(globalWalk('organizations'), organization),
  ];
  for (const place of regionalPlaces) {
    const collected = collectFindings(place.name, facts);
    walks.set(place.name, collected);
    for (const region of regions) {
      const { findings } = collected;
      work.push(place.walk({ facts, findings, signal, clients: clients.of(region), region, partition }));
    }
  }
  await Promise.all(work);
  const { roles, people } = await iam;
  return {
    account: options.accountId,
    regions: [...regions],
    at,
    observer,
    installRole: roleState(options.installRoleName, roles),
    people,
    places: sealPlaces.flatMap((name) => walks.get(name)?.result() ?? []),
  };
}

function roleState(name: string | null, roles: ReadonlySet<string> | null): Census['installRole'] {
  if (name === null) return 'none';
  if (roles === null) return 'unknown';
  return roles.has(name) ? 'present' : 'gone';
}

async function whoAmI({ clients, accountId, signal }: CensusOptions): Promise<string> {
  const asked = clients.global.sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  const { Account, Arn } = await asked.catch((cause: unknown) => {
    signal.throwIfAborted();
    const message = `AWS does not say whose the credentials are: ${describeError(cause)}`;
    throw new LandfallError('LF-SEAL-001', message, { cause, temporary: true });
  });
  if (Account !== accountId) {
    throw new LandfallError('LF-SEAL-003', `the census of ${accountId} was asked for with credentials of ${Account}`);
  }
  return Arn ?? '';
}

/** Not visible: none are known, and their workloads count as outside; the walk of EKS says why. */
async function issuersOf({ clients, regions, signal }: CensusOptions): Promise<Set<string>> {
  const issuers = new Set<string>();
  for (const region of regions) {
    const found = await ownIssuers(clients.of(region), signal).catch(() => []);
    signal.throwIfAborted();
    for (const issuer of found) issuers.add(issuer);
  }
  return issuers;
}

async function canonicalUserId({ clients, signal }: CensusOptions): Promise<string | null> {
  const asked = clients.global.s3.send(new ListBucketsCommand({ MaxBuckets: 1 }), { abortSignal: signal });
  const answer = await asked.catch(() => undefined); // The walk of S3 says why.
  return answer?.Owner?.ID ?? null;
}

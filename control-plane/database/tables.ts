import type { ColumnType, Generated } from 'kysely';

/**
 * The rows, in camelCase (snake_case in SQL). JSON is kept as text, never `jsonb`: signed bytes stay as they were, and
 * `jsonb` refuses the escaped NUL that a log line may hold. Instants are timestamptz.
 */
type Instant = ColumnType<Date, Date, Date>;
type Counter = ColumnType<number, number | undefined, number>;

export type Tables = {
  product: { name: string; title: string; releaseKeys: string; createdAt: Instant };
  release: {
    product: string;
    version: string;
    title: string;
    registry: string;
    repository: string;
    digest: string;
    /** The pipeline's DSSE envelope, as received. */
    envelope: string;
    /** `inputs` of the verified release, for checks before an install gets it. */
    inputs: string;
    components: string;
    /** Names, titles and schemas, for checks before an entity is created. */
    entityTypes: ColumnType<string, string | undefined, string>;
    createdAt: Instant;
  };
  channel: { product: string; name: string; version: string | null; createdAt: Instant };
  install: {
    id: string;
    product: string;
    channel: string;
    title: string;
    environment: string;
    region: string;
    externalId: string;
    inputs: string;
    secrets: string;
    /** Grows with everything that changes what is wanted; the reconciler brings `reconciledGeneration` up to it. */
    generation: Counter;
    reconciledGeneration: Counter;
    /** Why the newest wish could not be made into a desired state; null when it could. */
    blocked: string | null;
    /** Of the newest desired state and request list; 0 before the first. */
    sequence: Counter;
    requestSequence: Counter;
    /** As the above, of the list of entities. */
    entityGeneration: Counter;
    entityReconciled: Counter;
    entitySequence: Counter;
    lastHeardAt: ColumnType<Date | null, Date | null | undefined, Date | null>;
    createdAt: Instant;
  };
  joinToken: {
    hash: string;
    install: string;
    expiresAt: Instant;
    /** The key that used it; only that one may use it again. */
    keyId: string | null;
    createdAt: Instant;
  };
  runnerKey: {
    keyId: string;
    install: string;
    publicKey: string;
    runnerVersion: string;
    enrolledAt: Instant;
    revokedAt: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  usedProof: { id: string; expiresAt: Instant };
  desiredState: {
    install: string;
    sequence: number;
    envelope: string;
    version: string | null;
    digest: string | null;
    issuedAt: Instant;
    expiresAt: Instant;
  };
  request: {
    install: string;
    id: string;
    verb: string;
    component: string | null;
    expiresAt: Instant;
    createdAt: Instant;
  };
  requestList: { install: string; sequence: number; envelope: string; issuedAt: Instant };
  entity: {
    install: string;
    type: string;
    name: string;
    spec: string;
    generation: number;
    createdAt: Instant;
    changedAt: Instant;
    removedAt: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** The install's `entityGeneration` that it was removed with, and the list that it is not in any more. */
    removedFor: ColumnType<number | null, number | null | undefined, number | null>;
    removedIn: ColumnType<number | null, number | null | undefined, number | null>;
  };
  /** The newest one. */
  entityList: { install: string; sequence: number; envelope: string; issuedAt: Instant; expiresAt: Instant };
  /** As the runner told last; `boot`: under which process. */
  entityState: {
    install: string;
    type: string;
    name: string;
    generation: number;
    state: string;
    conditions: string;
    boot: string;
  };
  entityReport: {
    install: string;
    boot: string;
    leaseEpoch: number;
    sequence: number;
    acceptedSequence: number;
    at: Instant;
    /** The key that sent it; null: from before that was kept. */
    keyId: string | null;
  };
  /** `keyId`: as above. */
  report: { install: string; body: string; receivedAt: Instant; keyId: string | null };
  /** The newest one; `envelope` as received. */
  seal: { install: string; envelope: string; keyId: string; at: Instant; receivedAt: Instant };
  telemetry: {
    install: string;
    spool: string;
    sequence: number;
    type: string;
    at: Instant;
    record: string;
    /** The order of arrival. */
    arrival: Generated<number>;
  };
  event: {
    id: Generated<number>;
    install: string | null;
    /** `control-plane` or `runner`. */
    source: string;
    severity: string;
    reason: string;
    component: string | null;
    /** JSON text of a string: see above. */
    message: string;
    at: Instant;
  };
  session: { hash: string; expiresAt: Instant };
};

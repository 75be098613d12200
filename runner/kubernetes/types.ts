import * as z from 'zod';
import { LandfallError } from '../../contract/index.ts';

/** The part of every Kubernetes object that is read here; the rest is kept as it came. */
export const kubeObjectSchema = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

export type KubeObject = z.infer<typeof kubeObjectSchema>;
export type KubeType = { apiVersion: string; kind: string };
export type ObjectRef = KubeType & { namespace?: string | undefined; name: string };

export type ListOptions = KubeType & {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Only metadata is fetched (PartialObjectMetadata): Secrets without their contents. */
  metadataOnly?: boolean | undefined;
};

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject };
/** First the list as it is, then each change. After a lost connection or 410 Gone a new `listed` comes. */
export type Observation =
  | { type: 'listed'; objects: KubeObject[]; resourceVersion?: string | undefined }
  | { type: 'changed'; event: WatchEvent };

/**
 * The label selector of a shared watch that may answer in place of the API server (empty: every object of the kind); see watched/. What it says
 * is never older than what this process has read or written itself, but what others did in the last moments may be missing: a reason to look
 * again, never a reason to act. Without it the API server answers.
 */
export type Watched = { watched?: string | undefined };
export type ReadOptions = CallOptions & Watched & { metadataOnly?: boolean | undefined };
export type ObserveOptions = ListOptions &
  Watched & {
    /** Told when what is watched cannot be seen for now: until the next `listed` nothing is known of it. */
    onBroken?: ((error: unknown) => void) | undefined;
  };

/** Thin access to any kind of object. Every failure is LF-RUNNER-001 (`details.status`), temporary when a later try may succeed. */
export type Kubernetes = {
  get(ref: ObjectRef, options?: ReadOptions): Promise<KubeObject | null>;
  list(options: ListOptions & CallOptions & Watched): Promise<{ items: KubeObject[]; resourceVersion: string }>;
  /** null when it exists already. */
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject | null>;
  /** With metadata.resourceVersion: null on conflict or when it is gone. */
  replace(object: KubeObject, options?: CallOptions): Promise<KubeObject | null>;
  /** Server-side apply. `dryRun`: what it would be, and nothing is changed. A field that another manager owns: status 409 without `force`. */
  apply(
    object: KubeObject,
    options: CallOptions & { fieldManager: string; force?: boolean; dryRun?: boolean },
  ): Promise<KubeObject>;
  /** JSON merge patch (RFC 7386); null when it is gone. */
  patch(ref: ObjectRef, patch: object, options?: CallOptions): Promise<KubeObject | null>;
  /** Absent already is fine. With a uid or a resourceVersion only that very object: false when it is another one, or was changed. */
  delete(ref: ObjectRef, options?: CallOptions & DeletePreconditions): Promise<boolean>;
  /** The end of what a container wrote; null when its pod is gone. */
  logs(
    pod: { namespace: string; name: string },
    options: CallOptions & { container: string; tailLines: number; limitBytes: number },
  ): Promise<string | null>;
  /** Ends only with the signal. Reconnects by itself with back-off; never throws for what is temporary. */
  observe(options: ObserveOptions, signal: AbortSignal): AsyncIterable<Observation>;
  /** Whether objects of this kind live in namespaces; throws when the kind is unknown to the cluster. */
  isNamespaced(type: KubeType): Promise<boolean>;
};

export type DeletePreconditions = { uid?: string | undefined; resourceVersion?: string | undefined };
export type CallOptions = { signal?: AbortSignal | undefined };

/** What is asked of the cluster's authorizers: SelfSubjectAccessReview's resourceAttributes. Empty namespace: all of them, or none. */
export type AccessAttributes = {
  namespace: string;
  group: string;
  /** `pods/log` as in RBAC. */
  resource: string;
  name?: string | undefined;
  verb: string;
};

export type Impersonation = {
  /** Everything as this user: `system:serviceaccount:<namespace>:<name>`, which need not have a token, or even be there. */
  as(user: string): Kubernetes;
  /** Whether this user (null: the caller itself) may do that, whoever gave it and how. */
  isAllowed(user: string | null, attributes: AccessAttributes, signal: AbortSignal): Promise<boolean>;
};

/** The object, or the kind itself, is not there; any other failure says nothing about that. */
export function isNotThere(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** The HTTP status with which the API server has refused; undefined when it has not answered. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof LandfallError) || error.code !== 'LF-RUNNER-001') return undefined;
  const { status } = error.details;
  return typeof status === 'number' ? status : undefined;
}

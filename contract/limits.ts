/** Sizes in bytes and depths that everything crossing the wall is held to, before it is parsed. */
export const limits = {
  desiredState: { bytes: 512 * 1024, depth: 32 },
  release: { bytes: 4 * 1024 * 1024, depth: 64 },
  /** Of one component. */
  manifests: { bytes: 16 * 1024 * 1024, depth: 64 },
  requests: { bytes: 64 * 1024, depth: 16 },
  /** The signed list. Kept in one Kubernetes object, gzipped. */
  entities: { bytes: 768 * 1024, depth: 40 },
  entityReport: { bytes: 256 * 1024, depth: 16 },
  /** Of as many components as there may be, with usual messages. */
  report: { bytes: 2 * 1024 * 1024, depth: 16 },
  telemetry: { bytes: 1024 * 1024, depth: 8 },
  seal: { bytes: 1024 * 1024, depth: 8 },
  policy: { bytes: 64 * 1024, depth: 16 },
  enrolment: { bytes: 16 * 1024, depth: 8 },
  productFile: { bytes: 1024 * 1024, depth: 64 },
  apiBody: { bytes: 1024 * 1024, depth: 64 },
} as const;

/** Components of one release. */
export const mostComponents = 1000;

export type Limit = { readonly bytes: number; readonly depth: number };

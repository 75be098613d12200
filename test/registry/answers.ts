import * as z from 'zod';
import { type Answer, refusal } from './answer.ts';
import { type RegistryContent, sha256Of } from './content.ts';
import type { Route } from './routes.ts';
import { Uploads } from './uploads.ts';

export type RegistryHabits = {
  /** Unknown repositories are refused (ECR). */
  repositoriesMustExist: boolean;
  /** A second chunk of one upload is refused (ECR). */
  oneBodyPerUpload: boolean;
  /** A tag that is there is never written again, not even with the same digest (ECR). */
  immutableTags: boolean;
  /** Bodies above this get 413 (ACR). */
  maxBodyBytes: number;
  /** 403 instead of 404. */
  absentIsForbidden: boolean;
  /** The referrers API is there; else 404. */
  referrers: boolean;
  /** Mounts are taken up. */
  mounts: boolean;
  /** An index is taken though not all of its manifests are there (zot, distribution by option). */
  sparseIndexes: boolean;
  /** Manifests may be deleted; else 405. */
  deletes: boolean;
  /** Results on a page of a listing. */
  pageSize: number;
};

export const distributionHabits: RegistryHabits = {
  repositoriesMustExist: false,
  oneBodyPerUpload: false,
  immutableTags: false,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  absentIsForbidden: false,
  referrers: true,
  mounts: true,
  sparseIndexes: false,
  deletes: true,
  pageSize: 1000,
};

const none = new Uint8Array();

/** The specification's answers, from what the registry holds. */
export class Answers {
  readonly #content: RegistryContent;
  readonly #habits: RegistryHabits;
  readonly #uploads: Uploads;

  constructor(content: RegistryContent, habits: RegistryHabits) {
    this.#content = content;
    this.#habits = habits;
    this.#uploads = new Uploads(habits);
  }

  answer(route: Route, headers: Record<string, string | undefined>, body: Uint8Array): Answer {
    const { repository } = route;
    if (body.byteLength > this.#habits.maxBodyBytes) return refusal(413, 'SIZE_INVALID');
    if (this.#habits.repositoriesMustExist && repository !== '' && !this.#content.repositories.has(repository)) {
      return refusal(404, 'NAME_UNKNOWN');
    }
    switch (route.operation) {
      case 'ping':
        return ok(Buffer.from('{}'));
      case 'blob-get':
      case 'blob-head':
        return this.#blob(route, headers['range']);
      case 'manifest-get':
      case 'manifest-head':
        return this.#manifest(route);
      case 'manifest-put':
        return this.#putManifest(route, headers['content-type'] ?? '', body);
      case 'manifest-delete':
        return this.#deleteManifest(route);
      case 'upload-start':
        return this.#startUpload(route, body);
      case 'upload-status':
        return this.#uploads.status(route);
      case 'upload-chunk':
        return this.#chunk(route, headers['content-range'], body);
      case 'upload-end':
        return this.#endUpload(route, headers['content-range'], body);
      case 'tags':
        return this.#list(route, 'tags', [...(this.#content.repositories.get(repository)?.tags.keys() ?? [])]);
      case 'catalogue':
        return this.#list(route, 'repositories', this.#withManifests());
      case 'referrers':
        return this.#referrers(route);
      default:
        return refusal(404, 'UNSUPPORTED');
    }
  }

  #absent(code: string): Answer {
    return this.#habits.absentIsForbidden ? refusal(403, 'DENIED') : refusal(404, code);
  }

  #blob({ repository, reference }: Route, range: string | undefined): Answer {
    const bytes = this.#content.blob(repository, reference);
    if (bytes === undefined) return this.#absent('BLOB_UNKNOWN');
    const headers = {
      'docker-content-digest': reference,
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
    };
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    if (first === undefined) return { status: 200, headers, body: bytes };
    const end = last === undefined || last === '' ? bytes.byteLength - 1 : Math.min(Number(last), bytes.byteLength - 1);
    if (Number(first) > end) return refusal(416, 'RANGE_INVALID');
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${first}-${end}/${bytes.byteLength}` },
      body: bytes.subarray(Number(first), end + 1),
    };
  }

  #manifest({ repository, reference }: Route): Answer {
    const found = this.#content.manifest(repository, reference);
    if (found === undefined) return this.#absent('MANIFEST_UNKNOWN');
    return {
      status: 200,
      headers: { 'content-type': found.mediaType, 'docker-content-digest': found.digest },
      body: found.bytes,
    };
  }

  #putManifest({ repository, reference }: Route, mediaType: string, body: Uint8Array): Answer {
    const held = this.#content.repository(repository);
    const digest = sha256Of(body);
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const missing = linksOf(parsed, this.#habits.sparseIndexes).some(
      (link) => !held.blobs.has(link) && !held.manifests.has(link),
    );
    if (missing) return refusal(404, 'MANIFEST_BLOB_UNKNOWN');
    if (reference.includes(':')) {
      if (reference !== digest) return refusal(400, 'DIGEST_INVALID');
    } else {
      if (this.#habits.immutableTags && held.tags.has(reference)) return refusal(400, 'TAG_INVALID');
      held.tags.set(reference, digest);
    }
    const subject = subjectOf(parsed);
    held.manifests.set(digest, { bytes: body, mediaType, subject });
    const told: Record<string, string> =
      subject !== undefined && this.#habits.referrers ? { 'oci-subject': subject } : {};
    return {
      status: 201,
      headers: { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest, ...told },
      body: none,
    };
  }

  #deleteManifest({ repository, reference }: Route): Answer {
    const held = this.#content.repositories.get(repository);
    if (!this.#habits.deletes) return refusal(405, 'UNSUPPORTED');
    if (held?.manifests.delete(reference) !== true) return this.#absent('MANIFEST_UNKNOWN');
    for (const [tag, digest] of held.tags) if (digest === reference) held.tags.delete(tag);
    return { status: 202, headers: {}, body: none };
  }

  #startUpload({ repository, query }: Route, body: Uint8Array): Answer {
    const mount = query.get('mount');
    const from = query.get('from');
    if (mount !== null && this.#habits.mounts && this.#content.blob(from ?? repository, mount) !== undefined) {
      this.#content.repository(repository).blobs.add(mount);
      return {
        status: 201,
        headers: { location: `/v2/${repository}/blobs/${mount}`, 'docker-content-digest': mount },
        body: none,
      };
    }
    const digest = query.get('digest');
    if (digest !== null) return this.#finish(repository, digest, body);
    return this.#uploads.open(repository);
  }

  /** What came of a body that broke off. */
  keep({ operation, reference }: Route, body: Uint8Array): void {
    if (operation === 'upload-chunk' || operation === 'upload-end') this.#uploads.append(reference, body);
  }

  #chunk(route: Route, range: string | undefined, body: Uint8Array): Answer {
    const refused = this.#uploads.refuse(route, range, body);
    if (refused !== undefined) return refused;
    this.#uploads.append(route.reference, body);
    return { ...this.#uploads.status(route), status: 202 };
  }

  #endUpload(route: Route, range: string | undefined, body: Uint8Array): Answer {
    const refused = this.#uploads.refuse(route, range, body);
    if (refused !== undefined) return refused;
    const { repository, reference, query } = route;
    const whole = Buffer.concat([this.#uploads.bytes(reference), body]);
    this.#uploads.forget(reference);
    return this.#finish(repository, query.get('digest') ?? '', whole);
  }

  #finish(repository: string, digest: string, bytes: Uint8Array): Answer {
    if (sha256Of(bytes) !== digest) return refusal(400, 'DIGEST_INVALID');
    this.#content.addBlob(repository, bytes);
    return {
      status: 201,
      headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest },
      body: none,
    };
  }

  #list({ repository, query }: Route, name: 'tags' | 'repositories', all: string[]): Answer {
    if (name === 'tags' && !this.#content.repositories.has(repository)) return this.#absent('NAME_UNKNOWN');
    const last = query.get('last') ?? '';
    const size = Math.min(this.#habits.pageSize, Number(query.get('n') ?? this.#habits.pageSize));
    const rest = all.sort().filter((each) => each > last);
    const page = rest.slice(0, size);
    const path = name === 'tags' ? `/v2/${repository}/tags/list` : '/v2/_catalog';
    const link: Record<string, string> =
      rest.length > size
        ? { link: `<${path}?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${size}>; rel="next"` }
        : {};
    const body = name === 'tags' ? { name: repository, tags: page } : { repositories: page };
    return ok(Buffer.from(JSON.stringify(body)), { 'content-type': 'application/json', ...link });
  }

  /** A repository that has but blobs is not told. */
  #withManifests(): string[] {
    return [...this.#content.repositories].filter(([, { manifests }]) => manifests.size > 0).map(([name]) => name);
  }

  #referrers({ repository, reference }: Route): Answer {
    if (!this.#habits.referrers) return refusal(404, 'UNSUPPORTED');
    const manifests = [...(this.#content.repositories.get(repository)?.manifests ?? [])]
      .filter(([, each]) => each.subject === reference)
      .map(([digest, each]) => ({
        mediaType: each.mediaType,
        digest,
        size: each.bytes.byteLength,
        ...aboutOf(each.bytes),
      }));
    const type = 'application/vnd.oci.image.index.v1+json';
    return ok(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests })), { 'content-type': type });
  }
}

function ok(body: Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }): Answer {
  return { status: 200, headers, body };
}

const shapeSchema = z.object({
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  config: z.object({ digest: z.string(), mediaType: z.string() }).optional(),
  layers: z.array(z.object({ digest: z.string(), urls: z.array(z.string()).optional() })).optional(),
  manifests: z.array(z.object({ digest: z.string() })).optional(),
  subject: z.object({ digest: z.string() }).optional(),
});

/** Layers with URLs are elsewhere; a registry does not ask for them. */
function linksOf(parsed: unknown, sparse: boolean): string[] {
  const { config, layers = [], manifests = [] } = shapeSchema.parse(parsed);
  const own = layers.filter((layer) => layer.urls === undefined);
  const children = sparse ? [] : manifests;
  return [...(config === undefined ? [] : [config]), ...own, ...children].map((each) => each.digest);
}

function subjectOf(parsed: unknown): string | undefined {
  return shapeSchema.parse(parsed).subject?.digest;
}

function aboutOf(bytes: Uint8Array): { artifactType?: string; annotations?: Record<string, string> } {
  const { artifactType, config, annotations } = shapeSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const type = artifactType ?? config?.mediaType;
  return {
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

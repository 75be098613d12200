import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { LandfallError, pathOf } from '../contract/index.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected the hex SHA-256 of a token');

const environmentSchema = z
  .object({
    LANDFALL_CP_HOST: z.string().default('127.0.0.1'),
    LANDFALL_CP_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
    /** Name in the URL that is printed, when it is not the address listened on. */
    LANDFALL_CP_PUBLIC_HOST: z.string().optional(),
    /** Folder of the embedded database; not used with DATABASE_URL. */
    LANDFALL_CP_DATA: z.string().optional(),
    DATABASE_URL: z.string().optional(),
    /** PKCS#8 PEM (Ed25519 or P-256) that signs desired states. */
    LANDFALL_CP_SIGNING_KEY_FILE: z.string(),
    LANDFALL_CP_ADMIN_TOKEN_SHA256: hash,
    LANDFALL_CP_PIPELINE_TOKEN_SHA256: hash.optional(),
    LANDFALL_CP_TLS_CERT_FILE: z.string().optional(),
    LANDFALL_CP_TLS_KEY_FILE: z.string().optional(),
    LANDFALL_CP_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  })
  .refine((env) => (env.LANDFALL_CP_TLS_CERT_FILE === undefined) === (env.LANDFALL_CP_TLS_KEY_FILE === undefined), {
    message: 'certificate and key are given together or not at all',
    path: ['LANDFALL_CP_TLS_KEY_FILE'],
  })
  .refine((env) => env.DATABASE_URL !== undefined || env.LANDFALL_CP_DATA !== undefined, {
    message: 'give a folder here, or DATABASE_URL',
    path: ['LANDFALL_CP_DATA'],
  });

export type ControlPlaneConfig = {
  host: string;
  port: number;
  publicHost: string;
  database: { folder: string } | { url: string };
  signingKeyPem: string;
  adminTokenHash: string;
  pipelineTokenHash: string | undefined;
  tls: { cert: string; key: string } | undefined;
  logLevel: string;
};

/** Throws LF-CONTROL-PLANE-013 naming the variable, never its value. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ControlPlaneConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`);
    throw new LandfallError('LF-CONTROL-PLANE-013', `the environment does not configure it: ${places.join('; ')}`);
  }
  const env = parsed.data;
  const cert = fileOf('LANDFALL_CP_TLS_CERT_FILE', env.LANDFALL_CP_TLS_CERT_FILE);
  const key = fileOf('LANDFALL_CP_TLS_KEY_FILE', env.LANDFALL_CP_TLS_KEY_FILE);
  return {
    host: env.LANDFALL_CP_HOST,
    port: env.LANDFALL_CP_PORT,
    publicHost: env.LANDFALL_CP_PUBLIC_HOST ?? env.LANDFALL_CP_HOST,
    database: env.DATABASE_URL === undefined ? { folder: env.LANDFALL_CP_DATA ?? '' } : { url: env.DATABASE_URL },
    signingKeyPem: fileOf('LANDFALL_CP_SIGNING_KEY_FILE', env.LANDFALL_CP_SIGNING_KEY_FILE) ?? '',
    adminTokenHash: env.LANDFALL_CP_ADMIN_TOKEN_SHA256,
    pipelineTokenHash: env.LANDFALL_CP_PIPELINE_TOKEN_SHA256,
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    logLevel: env.LANDFALL_CP_LOG_LEVEL,
  };
}

function fileOf(variable: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LandfallError('LF-CONTROL-PLANE-013', `the file that ${variable} names cannot be read`, { cause });
  }
}

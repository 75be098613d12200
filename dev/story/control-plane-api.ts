import { Agent, request } from 'undici';
import * as z from 'zod';
import {
  LandfallError,
  type Report,
  reportSchema,
  type SealReport,
  sealReportSchema,
  type TelemetryRecord,
  telemetryRecordSchema,
} from '../../contract/index.ts';

/** The control plane's API as the vendor's engineer uses it, with the admin token. */
export type ControlPlaneApi = {
  /** Throws LF-DEMO-002 unless the answer is 2xx. */
  call<T>(method: 'GET' | 'POST' | 'PATCH', path: string, schema: z.ZodType<T>, body?: unknown): Promise<T>;
  close(): Promise<void>;
};

export function controlPlaneApi(options: { url: string; token: string; caPem: string }): ControlPlaneApi {
  const dispatcher = new Agent({ connect: { ca: options.caPem } });
  return {
    async call(method, path, schema, body) {
      const response = await request(`${options.url}${path}`, {
        dispatcher,
        method,
        headers: {
          authorization: `Bearer ${options.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.body.text();
      if (response.statusCode >= 300) {
        throw new LandfallError(
          'LF-DEMO-002',
          `${method} ${path} answered ${response.statusCode}: ${text.slice(0, 500)}`,
        );
      }
      return schema.parse(text === '' ? null : JSON.parse(text));
    },
    close: () => dispatcher.close(),
  };
}

const telemetrySchema = z.object({ records: z.array(z.object({ record: telemetryRecordSchema })) });

/** The telemetry of an install that the control plane has stored, the newest 500 records. */
export async function readTelemetry(api: ControlPlaneApi, install: string): Promise<TelemetryRecord[]> {
  const { records } = await api.call('GET', `/v1/installs/${install}/telemetry?limit=500`, telemetrySchema);
  return records.map(({ record }) => record);
}

/** The newest report the control plane has of an install: used only where there is nothing outside to look at. */
export async function readInstallReport(api: ControlPlaneApi, install: string): Promise<Report | null> {
  const answer = z.object({ report: reportSchema.nullable() });
  return (await api.call('GET', `/v1/installs/${install}/report`, answer)).report;
}

/** The newest seal the control plane has of an install, and why it is doubted (null: it is genuine). */
export async function readInstallSeal(
  api: ControlPlaneApi,
  install: string,
): Promise<{ report: SealReport; doubt: string | null } | null> {
  const seal = z.object({ report: sealReportSchema, doubt: z.string().nullable() });
  return (await api.call('GET', `/v1/installs/${install}/seal`, z.object({ seal: seal.nullable() }))).seal;
}

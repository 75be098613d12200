import { apiVersion, type OutsidePrincipal, type SealReport, sealReportSchema } from '../../contract/index.ts';

const bootId = '6f1f7b1e-4f0f-4a51-9f4c-2f6f3d6e9a10';
export const spool = '0b7f4a1e-8c7b-4d0e-9b1a-6d5a2f0c1e22';

export function testReport(install: string, changes: object = {}) {
  const at = '2026-01-31T12:00:00.000Z';
  return {
    apiVersion,
    kind: 'Report',
    critical: [],
    install,
    sequence: 1,
    at,
    runner: { version: '0.1.0', features: [], bootId, leaseEpoch: 1 },
    acceptedSequence: 1,
    desired: null,
    observed: null,
    state: 'Running',
    conditions: [],
    waitingFor: null,
    components: [{ name: 'gateway', kind: 'helm', state: 'Running', conditions: [], version: '1.0.0' }],
    denied: [],
    ...changes,
  };
}

export function testBatch(install: string, records: object[]) {
  return { apiVersion, kind: 'TelemetryBatch', critical: [], install, spool, records };
}

export function logRecord(sequence: number, message: string) {
  return { type: 'log', sequence, at: '2026-01-31T12:00:00.000Z', level: 'info', message, fields: {} };
}

type SealChange = Partial<Pick<SealReport, 'at' | 'verdict' | 'summary' | 'previous'>> & {
  outside?: OutsidePrincipal[];
  notVisible?: string[];
};

export function testSeal(install: string, { outside = [], notVisible = [], ...change }: SealChange = {}): SealReport {
  const place = { services: 1, servicesUnbound: 0, unreadable: [], notes: [] };
  return sealReportSchema.parse({
    apiVersion,
    kind: 'Seal',
    critical: [],
    install,
    account: '123456789012',
    regions: ['eu-central-1'],
    at: '2026-01-31T11:00:00.000Z',
    observer: 'arn:aws:sts::123456789012:assumed-role/lf-acme-runner/runner',
    installRole: 'gone',
    people: { users: 2, withAccessKey: 0, withPassword: 1 },
    places: [
      { ...place, name: 'iam', looked: 41, outside: [], outsideTotal: 0, notVisible: [] },
      { ...place, name: 'kms', looked: 7, outside, outsideTotal: outside.length, notVisible },
    ],
    verdict: 'sealed',
    summary:
      'Nobody from outside can enter the account: 412 resources at 12 places were looked at. The install role is gone.',
    previous: null,
    ...change,
  });
}

import { LandfallError } from '../../../contract/index.ts';

/** What a forecast cannot know. Each can be given instead: `--assume natGb=500`. Per month, GB unless said. */
export const assumptions = {
  hours: { value: 730, text: 'hours of a month' },
  natGb: { value: 100, text: 'through the NAT gateways, both ways' },
  crossZoneGb: { value: 200, text: 'between zones' },
  egressGb: { value: 50, text: 'out to the internet' },
  endpointGb: { value: 50, text: 'through private endpoints' },
  logsGb: { value: 20, text: 'of control plane and flow logs, written' },
  logsStoredGb: { value: 60, text: 'of logs kept (90 days of them)' },
  imagesGb: { value: 20, text: 'of images and charts in the registry' },
  storageGb: { value: 100, text: 'of volumes that the product makes (gp3)' },
  stateGb: { value: 1, text: 'in the state bucket, all versions' },
  kmsRequests: { value: 100_000, text: 'requests to KMS' },
  autoNodes: { value: 6, text: 'nodes that EKS Auto Mode starts on average, as m6i.large' },
} as const;

export type AssumptionName = keyof typeof assumptions;
export type Assumptions = Record<AssumptionName, number>;

const names = Object.keys(assumptions).filter((name): name is AssumptionName => name in assumptions);

/** `given` are texts such as `natGb=500`; what is not given stays as it is assumed. */
export function assume(given: readonly string[] = []): Assumptions {
  const all = defaults();
  for (const text of given) {
    const [key = '', digits = ''] = text.split('=');
    const name = names.find((each) => each === key);
    const value = digits.trim() === '' ? Number.NaN : Number(digits);
    if (name === undefined || !Number.isFinite(value) || value < 0) {
      throw new LandfallError('LF-PREFLIGHT-001', `${text}: expected name=number with a name of: ${names.join(', ')}`);
    }
    all[name] = value;
  }
  return all;
}

function defaults(): Assumptions {
  const { hours, natGb, crossZoneGb, egressGb, endpointGb, logsGb, logsStoredGb, imagesGb } = assumptions;
  const { storageGb, stateGb, kmsRequests, autoNodes } = assumptions;
  return {
    hours: hours.value,
    natGb: natGb.value,
    crossZoneGb: crossZoneGb.value,
    egressGb: egressGb.value,
    endpointGb: endpointGb.value,
    logsGb: logsGb.value,
    logsStoredGb: logsStoredGb.value,
    imagesGb: imagesGb.value,
    storageGb: storageGb.value,
    stateGb: stateGb.value,
    kmsRequests: kmsRequests.value,
    autoNodes: autoNodes.value,
  };
}

import { Agent, request } from 'undici';
import { LandfallError } from '../../contract/index.ts';
import { undiciConnector } from '../../oci/index.ts';
import { config } from '../config.ts';
import { findTool } from '../host/find-tool.ts';
import { openNetwork } from '../host/network.ts';
import { createOutput } from '../host/output.ts';
import { byName, explainComponent, explainInstall, type Explained } from './explain.ts';
import { statusFromCluster, statusFromReport } from './read-status.ts';

export type ExplainOptions = {
  namespace: string;
  kubeconfig?: string;
  context?: string;
  controlPlane?: string;
  controlPlaneCa?: string;
  install?: string;
  json?: boolean;
};

export async function runExplain(component: string | undefined, options: ExplainOptions): Promise<void> {
  const status =
    options.controlPlane === undefined ? await fromCluster(options) : await fromReport(options.controlPlane, options);
  const now = new Date();
  const lines = component === undefined ? explainInstall(status, now) : explainComponent(status, component, now);
  if (lines === null) {
    const names = byName(status.components)
      .map(({ name }) => name)
      .join(', ');
    throw new LandfallError(
      'LF-CLI-021',
      `the runner knows no component ${component}; it knows ${names === '' ? 'none' : names}`,
    );
  }
  const one = status.components.find(({ name }) => name === component);
  createOutput(options.json === true).result(one === undefined ? status : { ...status, components: [one] }, lines);
}

async function fromCluster({ namespace, kubeconfig, context }: ExplainOptions): Promise<Explained> {
  const kubectl = await findTool(['kubectl'], config.kubectl(), config.path());
  return statusFromCluster(kubectl, { namespace, kubeconfig, context });
}

async function fromReport(url: string, { install, controlPlaneCa }: ExplainOptions): Promise<Explained> {
  if (install === undefined)
    throw new LandfallError('LF-CLI-002', '--install says whose report to read, and is not set');
  const token = config.controlPlaneToken();
  if (token === undefined) throw new LandfallError('LF-CLI-002', 'LANDFALL_TOKEN is not set');
  const network = await openNetwork({ ca: controlPlaneCa });
  const dispatcher = new Agent({ connect: undiciConnector(network.connect()) });
  const get = async (address: string, headers: Record<string, string>): Promise<string> => {
    const answer = await request(address, { dispatcher, headers, headersTimeout: 20_000, bodyTimeout: 20_000 });
    const body = await answer.body.text();
    if (answer.statusCode === 200) return body;
    throw new LandfallError('LF-CLI-003', `${address}: ${answer.statusCode} ${body.slice(0, 300)}`);
  };
  try {
    return await statusFromReport({ url, token, request: get }, install);
  } finally {
    await dispatcher.close();
  }
}

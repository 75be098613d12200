import type { Digest, JsonObject } from '../../contract/index.ts';
import type { BaseOutputs } from '../base.ts';
import type { InstallSession } from '../context.ts';
import type { BaseInputsGiven, Place } from '../../stacks/index.ts';

export type RegistryAddress = {
  /** `host[:port]` */
  host: string;
  caPem?: string;
  credentials?: { username: string; password: string };
};

export type HandOffRequest = Place & {
  product: string;
  session: InstallSession;
  base: BaseOutputs;
  /** What the base stack was applied with: the runner upgrades it by the same. Without: it leaves the base alone. */
  baseInputs?: BaseInputsGiven;
  /** How often the runner takes the census of outside principals; 0: never. Default 24. */
  sealEveryHours?: number;
  vendorRegistry: RegistryAddress;
  runner: {
    /** In the vendor's registry; copied by digest into the customer's. */
    image: { repository: string; digest: Digest };
    /** In the vendor's registry, or a chart on this machine (a folder or .tgz). */
    chart: { repository: string; digest: Digest } | { path: string };
  };
  /** PEM of who signed the customer's registry's certificate, where it is not a public authority. */
  accountRegistryCaPem?: string;
  controlPlane: { url: string; caPem?: string };
  /** Public keys (SPKI PEM) that the runner pins: the pipeline's for releases, the control plane's for desired states. */
  trust: { releaseKeys: string[]; desiredStateKeys: string[] };
  /** Single use; asked for at the moment it is needed, goes into a Secret and nowhere else. */
  joinToken: () => Promise<string>;
  /** The customer's first RunnerPolicy; made only if there is none. */
  policy?: JsonObject;
  /** Where the runner finds AWS, if not at its own addresses. */
  runnerAws?: { endpointUrl?: string; podIdentityUri?: string };
  extraCaPem?: string;
  /** The runner's way out of its network; a login lies in a Secret beside it (`username`, `password`), never here. */
  proxy?: { https: string; noProxy?: string; credentialsSecret?: string };
  /** Where the customer widens what the account stack gives, if not by `landfall install account`: the stack's page in their console. */
  permissionsUpdateUrl?: string;
  /** More values for the runner's chart; they win, one by one: `registry.pullSecret` alone leaves the rest of `registry` as it is. */
  values?: JsonObject;
  readyTimeoutMs?: number;
};

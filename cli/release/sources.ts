import {
  type ChartRepository,
  createChartRepository,
  createRegistryClient,
  type RegistryClient,
} from '../../oci/index.ts';
import { openNetwork } from '../host/network.ts';
import { registryLogins } from '../host/registry-logins.ts';

export type Sources = {
  registries: (host: string) => RegistryClient;
  chartRepositories: (url: string) => ChartRepository;
  close(): Promise<void>;
};

/** Where a build takes charts and images from: any registry and chart repository that landfall.yaml and its charts name, one client each. */
export async function openSources(options: { authfile?: string; ca?: string }): Promise<Sources> {
  const network = await openNetwork(options);
  const { authfile } = options;
  const logins = registryLogins({ network, ...(authfile === undefined ? {} : { authfile }) });
  const clients = new Map<string, RegistryClient>();
  const repositories = new Map<string, ChartRepository>();
  return {
    registries: (host) => keep(clients, host, () => createRegistryClient({ host, network, credentials: logins(host) })),
    chartRepositories: (url) =>
      keep(repositories, url, () =>
        createChartRepository({ url, network, credentials: logins(new URL(url).host), plainHttp: true }),
      ),
    close: async () => {
      for (const each of [...clients.values(), ...repositories.values()]) await each.close();
    },
  };
}

function keep<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}

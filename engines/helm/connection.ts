/** How Helm reaches the cluster. A token never stands in argv: it is in the kubeconfig (or in a file the kubeconfig names). */
export type HelmConnection =
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context?: string }
  /** The pod's own service account: Helm finds it by these variables and the mounted token. */
  | { readonly kind: 'in-cluster'; readonly host: string; readonly port: string }
  /** For `template` alone. */
  | { readonly kind: 'none' };

export type HelmOptions = HelmBase & (OwnRights | OthersRights);

type OwnRights = { connection: HelmConnection; impersonate?: undefined };
/** Not in-cluster: client-go takes its configuration from the pod as it stands there, and drops whom to act as (tools/clientcmd, DeferredLoadingClientConfig). */
type OthersRights = {
  connection: Exclude<HelmConnection, { kind: 'in-cluster' }>;
  /** Kubernetes user to act as: the component's service account. */
  impersonate: { readonly user: string; readonly groups?: readonly string[] };
};

type HelmBase = {
  /** Absolute path of Helm 4. */
  binary: string;
  /** Private folder for Helm's own config, cache and data; made when missing. Temporary values files live there, too. */
  homeDir: string;
  /** From `writePostRendererPlugin`: the folder that HELM_PLUGINS names. */
  pluginsDir?: string;
  /** More variables for the child, for example HTTPS_PROXY or what the post-renderer needs. Nothing else is inherited. */
  env?: Readonly<Record<string, string>>;
};

export function helmEnvironment(options: HelmOptions): Record<string, string> {
  const { homeDir, connection } = options;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: homeDir,
    HELM_CACHE_HOME: `${homeDir}/cache`,
    HELM_CONFIG_HOME: `${homeDir}/config`,
    HELM_DATA_HOME: `${homeDir}/data`,
    HELM_PLUGINS: options.pluginsDir ?? `${homeDir}/no-plugins`,
    HELM_DRIVER: 'secret',
    // A process of half a second: collecting garbage as rarely as this saves a quarter of its processor time for some memory.
    GOGC: '400',
    ...(connection.kind === 'kubeconfig'
      ? { KUBECONFIG: connection.path }
      : { KUBECONFIG: `${homeDir}/no-kubeconfig` }),
    ...(connection.kind === 'in-cluster'
      ? { KUBERNETES_SERVICE_HOST: connection.host, KUBERNETES_SERVICE_PORT: connection.port }
      : {}),
    ...options.env,
  };
}

/** The global flags of every call that talks to the cluster. */
export function globalFlags(options: HelmOptions, namespace: string): string[] {
  const { connection, impersonate } = options;
  return [
    `--namespace=${namespace}`,
    ...(connection.kind === 'kubeconfig' && connection.context !== undefined
      ? [`--kube-context=${connection.context}`]
      : []),
    ...(impersonate === undefined ? [] : [`--kube-as-user=${impersonate.user}`]),
    ...(impersonate?.groups ?? []).map((group) => `--kube-as-group=${group}`),
  ];
}

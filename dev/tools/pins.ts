/** A binary that is built from one of the go.mod files under tools/, when it is not found elsewhere. */
export type GoTool<Name extends string = ToolName> = {
  name: Name;
  /** With the leading v. */
  version: string;
  /** Folder under tools/ whose go.mod and go.sum pin it. */
  module: string;
  package: string;
  ldflags: string;
  /** Seconds a cold build takes on 2 cores, for the progress line. */
  seconds: number;
  versionArgs: string[];
  /** For another processor than this machine's: never looked for elsewhere, and kept in the cache under a name of its own. */
  architecture?: Architecture;
};

/** As images, nodes and Go call it. */
export type Architecture = 'amd64' | 'arm64';

export const ownArchitecture: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** A tool as it is built for that processor. */
export function toolFor(tool: GoTool, architecture: Architecture): GoTool {
  return architecture === ownArchitecture ? tool : { ...tool, architecture };
}

const kubernetes = 'v1.34.4';
const component = 'k8s.io/component-base/version';
const kubernetesFlags = `-X ${component}.gitVersion=${kubernetes} -X ${component}.gitMajor=1 -X ${component}.gitMinor=34`;

const kubernetesTool = <Name extends string>(name: Name, seconds: number) => ({
  name,
  version: kubernetes,
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  ldflags: kubernetesFlags,
  seconds,
  versionArgs: ['--version'],
});

/** In the order in which they are built: what others share packages with comes first. */
const pins = [
  {
    name: 'etcd',
    version: 'v3.6.8',
    module: 'etcd',
    package: 'go.etcd.io/etcd/server/v3',
    ldflags: '',
    seconds: 40,
    versionArgs: ['--version'],
  },
  {
    name: 'registry',
    version: 'v3.1.2',
    module: 'registry',
    package: 'github.com/distribution/distribution/v3/cmd/registry',
    ldflags: '-X github.com/distribution/distribution/v3/version.version=v3.1.2',
    seconds: 60,
    versionArgs: ['--version'],
  },
  {
    name: 'helm',
    version: 'v4.3.1',
    module: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    ldflags: '-X helm.sh/helm/v4/internal/version.version=v4.3.1',
    seconds: 90,
    versionArgs: ['version', '--short'],
  },
  kubernetesTool('kube-apiserver', 165),
  kubernetesTool('kube-controller-manager', 45),
  kubernetesTool('kube-scheduler', 10),
  kubernetesTool('kubelet', 20),
  kubernetesTool('kube-proxy', 10),
  { ...kubernetesTool('kubectl', 30), versionArgs: ['version', '--client'] },
  {
    name: 'tofu',
    version: 'v1.12.6',
    module: 'opentofu',
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    ldflags: '-X github.com/opentofu/opentofu/version.dev=no',
    seconds: 150,
    versionArgs: ['version'],
  },
  {
    name: 'kwok',
    version: 'v0.7.0',
    module: 'kwok',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    ldflags: '-X sigs.k8s.io/kwok/pkg/consts.Version=v0.7.0',
    seconds: 80,
    versionArgs: ['--version'],
  },
  {
    name: 'nats',
    version: 'v2.15.2',
    module: 'nats',
    package: 'github.com/nats-io/nats-server/v2',
    ldflags: '',
    seconds: 20,
    versionArgs: ['--version'],
  },
] as const;

export type ToolName = (typeof pins)[number]['name'];

export const goTools: readonly GoTool[] = pins.map((pin) => ({ ...pin, versionArgs: [...pin.versionArgs] }));

export function pinOf(name: ToolName): GoTool {
  const pin = goTools.find((tool) => tool.name === name);
  if (pin === undefined) throw new Error(`${name} has no pin`);
  return pin;
}

/** A program from PyPI, in a virtual environment of its own: their dependencies do not agree with each other. */
export type PythonTool = {
  registry: 'pypi';
  name: 'moto' | 'cfn-lint' | 'checkov';
  version: string;
  /** As pip takes it, without the version. */
  package: string;
  program: string;
  /** Seconds an installation takes on 2 cores, for the progress line. */
  seconds: number;
};

/** A program from npm, with a lockfile of its own: its many dependencies are none of ours. */
export type NpmTool = {
  registry: 'npm';
  name: 'azurite';
  version: string;
  /** Folder under tools/ whose package.json and package-lock.json pin it. */
  module: string;
  /** A script for `node`, below node_modules. */
  program: string;
  seconds: number;
};

export type PackagedTool = PythonTool | NpmTool;

export const moto: PythonTool = {
  registry: 'pypi',
  name: 'moto',
  version: '5.2.5',
  package: 'moto[all,server]',
  program: 'moto_server',
  seconds: 60,
};

/** The checkers of templates and of the synthesised Terraform JSON. */
const linters: readonly PythonTool[] = [
  {
    registry: 'pypi',
    name: 'cfn-lint',
    version: '1.58.0',
    package: 'cfn-lint',
    program: 'cfn-lint',
    seconds: 30,
  },
  {
    registry: 'pypi',
    name: 'checkov',
    version: '3.3.30',
    package: 'checkov',
    program: 'checkov',
    seconds: 90,
  },
];

/** Microsoft's emulator of Azure's blob storage. */
const azurite: NpmTool = {
  registry: 'npm',
  name: 'azurite',
  version: '3.37.0',
  module: 'azurite',
  program: 'azurite/dist/src/blob/main.js',
  seconds: 45,
};

export const packagedTools: readonly PackagedTool[] = [moto, ...linters, azurite];

export function packagedToolOf(name: PackagedTool['name']): PackagedTool {
  const found = packagedTools.find((tool) => tool.name === name);
  if (found === undefined) throw new Error(`${name} has no pin`);
  return found;
}

export const awsProviderVersion = '5.100.0';

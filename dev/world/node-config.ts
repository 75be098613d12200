import { join } from 'node:path';

export type NodeShape = {
  name: string;
  dir: string;
  address: string;
  podRange: string;
  clusterRange: string;
  dns: string;
  cgroupRoot: string;
  caPath: string;
  servingCertificate: string;
  servingKey: string;
  cniDir: string;
  limitedOomScore: boolean;
};

export const pauseImage = 'landfall.local/pause:1';

export function containerdConfig(node: NodeShape): string {
  return `version = 2
root = ${JSON.stringify(join(node.dir, 'containerd'))}
state = "/run/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = ${JSON.stringify(join(node.dir, 'c.sock'))}
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# Where CAP_SYS_RESOURCE is missing every sandbox would die of its oom_score_adj.
restrict_oom_score_adj = ${node.limitedOomScore}
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${JSON.stringify(node.cniDir)}
conf_dir = ${JSON.stringify(join(node.dir, 'cni'))}
`;
}

/** Routed, not bridged: each pod hangs on a cable of its own, so nothing depends on bridges calling iptables. */
export function cniConfig(node: NodeShape): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(node.dir, 'ipam'),
          ranges: [[{ subnet: node.podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

export function kubeletConfig(node: NodeShape): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: node.caPath } },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: node.cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${join(node.dir, 'c.sock')}`,
    clusterDNS: [node.dns],
    clusterDomain: 'cluster.local',
    resolvConf: join(node.dir, 'resolv.conf'),
    tlsCertFile: node.servingCertificate,
    tlsPrivateKeyFile: node.servingKey,
    volumePluginDir: join(node.dir, 'volume-plugins'),
    staticPodPath: '',
    healthzPort: 0,
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '50Mi' },
    // Images stay: nothing is to be pulled a second time because a disk is full.
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
  };
}

export function kubeProxyConfig(node: NodeShape): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: join(node.dir, 'kube-proxy.kubeconfig') },
    hostnameOverride: node.name,
    mode: 'iptables',
    // What does not come from a pod is masqueraded: so the host, too, reaches services through a node.
    detectLocalMode: 'ClusterCIDR',
    clusterCIDR: node.clusterRange,
    // Limits of connection tracking belong to the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '0s', syncPeriod: '30s' },
  };
}

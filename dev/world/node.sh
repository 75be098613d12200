#!/usr/bin/env bash
# One Kubernetes node, as the init process of its own pid, mount and network namespace: when it ends, the kernel ends
# every process, mount and device of the node. Started by node.ts; what it needs comes in as NODE_* variables.
set -euo pipefail

echo ready
read -r _ # the other end of the network cable is in place

# Where the daemons would leave traces on the host, the node gets folders of its own.
mount --make-rslave /
mkdir -p "$NODE_DIR"/{lib-upper,lib-work,log,run,pinned}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock
mount --bind "$NODE_DIR/log" /var/log
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$NODE_DIR/lib-upper,workdir=$NODE_DIR/lib-work" /var/lib || true
mount --make-rshared /

# The kubelet sets these for the whole machine unless they have its values already: let it read those.
pin() {
  echo "$2" >"$NODE_DIR/pinned/${1//\//.}"
  mount --bind "$NODE_DIR/pinned/${1//\//.}" "/proc/sys/$1"
}
pin vm/overcommit_memory 1
pin vm/panic_on_oom 0
pin kernel/panic 10
pin kernel/panic_on_oops 1
pin kernel/keys/root_maxkeys 1000000
pin kernel/keys/root_maxbytes 25000000

ip link set lo up
ip address add "$NODE_ADDRESS/24" dev eth0
ip link set eth0 up
ip route add default via "$NODE_GATEWAY"
for route in $NODE_ROUTES; do ip route add "${route%=*}" via "${route#*=}"; done
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter

# Where EKS's Pod Identity agent answers on every node: in the node's own network, so that worlds do not meet.
if [ -n "${NODE_AGENT:-}" ]; then
  iptables -t nat -A PREROUTING -d 169.254.170.23/32 -p tcp --dport 80 -j DNAT --to-destination "$NODE_AGENT"
fi

# Only the world's own authority is trusted: no image can come from anywhere else.
SSL_CERT_FILE=$NODE_CA SSL_CERT_DIR=/nonexistent "$NODE_CONTAINERD" --config "$NODE_DIR/containerd.toml" >>"$NODE_DIR/containerd.log" 2>&1 &
for _ in {1..200}; do
  [ -S "$NODE_DIR/c.sock" ] && "$NODE_CTR" --address "$NODE_DIR/c.sock" version >/dev/null 2>&1 && break
  sleep 0.05
done
"$NODE_CTR" --address "$NODE_DIR/c.sock" --namespace k8s.io images import "$NODE_PAUSE" >/dev/null

"$NODE_KUBE_PROXY" --config "$NODE_DIR/kube-proxy.json" >>"$NODE_DIR/kube-proxy.log" 2>&1 &
"$NODE_KUBELET" --config "$NODE_DIR/kubelet.json" --kubeconfig "$NODE_DIR/kubelet.kubeconfig" --root-dir "$NODE_DIR/k" \
  --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS" --node-labels "$NODE_LABELS" --cert-dir "$NODE_DIR/pki" \
  ${NODE_CREDENTIALS:+--image-credential-provider-config "$NODE_CREDENTIALS/config.json" --image-credential-provider-bin-dir "$NODE_CREDENTIALS/bin"} \
  >>"$NODE_DIR/kubelet.log" 2>&1 &
wait -n
echo "a daemon of $NODE_NAME ended" >&2
exit 1

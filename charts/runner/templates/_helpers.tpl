{{- define "runner.labels" -}}
app.kubernetes.io/name: landfall-runner
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: landfall
{{- end }}

{{- define "runner.selector" -}}
app.kubernetes.io/name: landfall-runner
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* The runner's one configuration file; its schema is runner/config.ts. */ -}}
{{- define "runner.config" -}}
{{- $v := .Values -}}
{{- $aws := dict "endpointUrl" ($v.aws.endpointUrl | default "") "podIdentity" (dict "credentialsUri" $v.aws.podIdentity.credentialsUri "tokenFile" "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token") -}}
{{- $config := dict "install" $v.install "registry" $v.registry "state" (include "runner.state" . | fromJson) "controlPlane" $v.controlPlane "vendorRegistry" $v.vendorRegistry "trust" $v.trust "aws" $aws -}}
{{- $_ := set $config "mirror" $v.mirror -}}
{{- $_ := set $config "ending" (ternary $v.ending nil (ne ($v.ending.installRoleName | default "") "")) -}}
{{- $_ := set $config "base" $v.base -}}
{{- $_ := set $config "permissionsUpdateUrl" $v.permissionsUpdateUrl -}}
{{- $seal := $v.seal | default (dict "everyHours" 0) -}}
{{- $_ := set $config "seal" (ternary nil $seal (eq (float64 $seal.everyHours) 0.0)) -}}
{{- $secrets := $v.secrets | default (dict "everyMinutes" 0) -}}
{{- $_ := set $config "secrets" (ternary nil $secrets (eq (float64 $secrets.everyMinutes) 0.0)) -}}
{{- $_ := set $config "extraCaPem" $v.extraCaPem -}}
{{- $_ := set $config "extraCaFile" (ternary "" "/etc/landfall-ca/ca.crt" (eq (include "runner.caVolume" .) "")) -}}
{{- $proxy := dict "https" $v.proxy.https "noProxy" ($v.proxy.noProxy | default "") "credentialsDir" (ternary "" "/etc/landfall-proxy" (eq ($v.proxy.credentialsSecret | default "") "")) -}}
{{- $_ := set $config "proxy" (ternary nil $proxy (eq ($v.proxy.https | default "") "")) -}}
{{- $_ := set $config "namespace" .Release.Namespace -}}
{{- $_ := set $config "handoffSecret" $v.handoffSecret -}}
{{- $_ := set $config "workDir" "/var/lib/landfall" -}}
{{- $_ := set $config "ledgerDir" (ternary "/var/lib/landfall-ledger" "" (ne $v.ledger.existingClaim "")) -}}
{{- $_ := set $config "parallel" (dict "components" (int $v.parallel.components) "terraform" (int $v.parallel.terraform)) -}}
{{- $drift := $v.terraform.drift | default dict -}}
{{- $terraform := dict "cacheBytes" (int64 $v.terraform.cacheBytes) "drift" (dict "mode" $drift.mode "everyMinutes" (int $drift.everyMinutes)) -}}
{{- $_ := set $config "terraform" $terraform -}}
{{- $_ := set $config "logLevel" $v.logLevel -}}
{{- $_ := set $config "longestBackoffMs" (int $v.longestBackoffMs) -}}
{{- $_ := set $config "tools" $v.tools -}}
{{- $config | toPrettyJson -}}
{{- end }}

{{- /* What the kind of state needs, and nothing else. */ -}}
{{- define "runner.state" -}}
{{- $keys := dict "s3" (list "bucket" "region" "kmsKeyArn") "azurerm" (list "storageAccount" "container" "tenantId" "subscriptionId" "clientId") "kubernetes" list -}}
{{- $state := .Values.state -}}
{{- $config := dict "kind" $state.kind -}}
{{- range index $keys $state.kind }}{{ $_ := set $config . (index $state . | default "") }}{{ end -}}
{{- $config | toJson -}}
{{- end }}

{{- /* The volume with the customer's authorities; empty where there are none. */ -}}
{{- define "runner.caVolume" -}}
{{- $ca := .Values.caBundle -}}
{{- $items := list (dict "key" ($ca.key | default "ca.crt") "path" "ca.crt") -}}
{{- if and $ca.configMap $ca.secret }}{{ fail "caBundle names a ConfigMap and a Secret: give one of them" }}{{ end -}}
{{- if $ca.configMap }}{{ dict "configMap" (dict "name" $ca.configMap "items" $items) | toJson }}{{ end -}}
{{- if $ca.secret }}{{ dict "secret" (dict "secretName" $ca.secret "items" $items) | toJson }}{{ end -}}
{{- end }}

{{- /* Where the components' service accounts are; runner/policy/reserved-namespaces.ts says the same. */ -}}
{{- define "runner.accountsNamespace" -}}
{{ .Release.Namespace }}-components
{{- end }}

{{- /*
Whom a guard of components looks at. Its first binding has no params: the components' own accounts. Its second one has every namespace of the
product: the service accounts in it, which is who a component's pods are.
*/ -}}
{{- define "runner.byComponent" -}}
paramKind: { apiVersion: v1, kind: Namespace }
matchConditions:
  - name: by-a-component
    expression: >-
      request.userInfo.username.startsWith('system:serviceaccount:' + (params == null ? '{{ include "runner.accountsNamespace" . }}' : params.metadata.name) + ':')
{{- end }}

{{- define "runner.productNamespaces" -}}
paramRef:
  selector:
    matchExpressions:
      - { key: landfall.dev/managed, operator: In, values: ['true'] }
      # Whoever labels these by mistake would lock out Kubernetes or the runner.
      - { key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, kube-public, kube-node-lease, {{ .Release.Namespace }}] }
  parameterNotFoundAction: Allow
{{- end }}

{{- /* What every component may do in its own namespaces; contract/kubernetes-kinds.ts says the same, and a test compares them. */ -}}
{{- define "runner.usualKinds" -}}
# What charts are made of.
- apiGroups: ['']
  resources: [configmaps, persistentvolumeclaims, pods, secrets, serviceaccounts, services]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [apps]
  resources: [daemonsets, deployments, statefulsets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [batch]
  resources: [cronjobs, jobs]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list, watch, create, update, patch, delete]
# Kubernetes lets nobody give rights by them that he does not have himself.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings, roles]
  verbs: [get, list, watch, create, update, patch, delete]
# What Kubernetes makes of it.
- apiGroups: [apps]
  resources: [controllerrevisions, replicasets]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [endpoints]
  verbs: [get, list, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch]
{{- end }}

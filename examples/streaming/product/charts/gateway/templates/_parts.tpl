{{- define "gateway.labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- define "gateway.podSecurity" -}}
{runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
{{- end -}}

{{- define "gateway.containerSecurity" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- end -}}

{{/* The broker is found by the variables that Kubernetes gives every pod of the namespace: no cluster DNS is needed. */}}
{{- define "gateway.brokerAddress" -}}
- {name: BROKER_ADDRESS, value: "$(BROKER_SERVICE_HOST):$(BROKER_SERVICE_PORT)"}
{{- end -}}

{{- define "gateway.environment" -}}
{{ include "gateway.brokerAddress" . }}
- {name: BUCKET, value: {{ .Values.bucket | quote }}}
- {name: ENGINES, value: {{ ternary "streaming,batch" "streaming" .Values.engines.batch.enabled | quote }}}
- {name: LOG_LEVEL, value: {{ .Values.logLevel | quote }}}
- {name: PUBLISH_TIMEOUT_MS, value: {{ int .Values.publishTimeoutMs | quote }}}
- {name: LARGEST_EVENT, value: {{ int .Values.largestEvent | quote }}}
- {name: TOKEN_FILE, value: /var/run/gateway/token}
{{- end -}}

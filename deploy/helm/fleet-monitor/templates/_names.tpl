{{/* What every object's name begins with. 40 characters leave room for the longest suffix, and for what a StatefulSet adds for a label. */}}
{{- define "fleet-monitor.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Silos and gateways: both, and nothing else, have this name and instance. Prometheus finds them by it. */}}
{{- define "fleet-monitor.selector" -}}
app.kubernetes.io/name: fleet-monitor
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Silos, or gateways. Takes a list: the root, the component. */}}
{{- define "fleet-monitor.componentSelector" -}}
{{ include "fleet-monitor.selector" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* The bundled database is a program of its own, and has a name of its own. */}}
{{- define "fleet-monitor.postgresqlSelector" -}}
app.kubernetes.io/name: postgresql
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: database
{{- end -}}

{{/* The pods of helm test. */}}
{{- define "fleet-monitor.testSelector" -}}
app.kubernetes.io/name: fleet-monitor-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels that no selector uses. */}}
{{- define "fleet-monitor.labels" -}}
app.kubernetes.io/part-of: fleet-monitor
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 }}
{{- end -}}

{{- define "fleet-monitor.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* The ConfigMap in which silos meet. They create it; an upgrade must not put an old one back, so it is nowhere in this chart. */}}
{{- define "fleet-monitor.membership" -}}
{{- printf "%s-membership" (include "fleet-monitor.fullname" .) -}}
{{- end -}}

{{- define "fleet-monitor.databaseSecret" -}}
{{- if .Values.database.bundled.enabled -}}
{{- printf "%s-postgresql" (include "fleet-monitor.fullname" .) -}}
{{- else -}}
{{- .Values.database.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "fleet-monitor.databaseKey" -}}
{{- .Values.database.bundled.enabled | ternary "dsn" .Values.database.key -}}
{{- end -}}

{{/* The Secret with the token file, hashes only. */}}
{{- define "fleet-monitor.accessSecret" -}}
{{- .Values.access.existingSecret | default (printf "%s-access" (include "fleet-monitor.fullname" .)) -}}
{{- end -}}

{{/* The Secret with the generated tokens themselves: for people, Prometheus and helm test; no server sees it. */}}
{{- define "fleet-monitor.tokensSecret" -}}
{{- printf "%s-tokens" (include "fleet-monitor.fullname" .) -}}
{{- end -}}

{{/* "true" where the chart makes the tokens. */}}
{{- define "fleet-monitor.generatesTokens" -}}
{{- if not (or .Values.access.allowAnonymous .Values.access.existingSecret) -}}true{{- end -}}
{{- end -}}

{{/* "true" where the pods talk to the API server: silos and gateways alike. */}}
{{- define "fleet-monitor.meetsInConfigMap" -}}
{{- if eq .Values.clustering.kind "Kubernetes" -}}true{{- end -}}
{{- end -}}

{{/* Seconds as .NET reads a time span. */}}
{{- define "fleet-monitor.timeSpan" -}}
{{- printf "%02d:%02d:%02d" (div (int .) 3600) (mod (div (int .) 60) 60) (mod (int .) 60) -}}
{{- end -}}

{{/* As many silos as there can be. */}}
{{- define "fleet-monitor.maxSilos" -}}
{{- .Values.silo.autoscaling.enabled | ternary .Values.silo.autoscaling.maxReplicas .Values.silo.replicas | int -}}
{{- end -}}

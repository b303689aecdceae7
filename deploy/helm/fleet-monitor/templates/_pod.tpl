{{/* Pods of Kubernetes' restricted standard. The image's user has the number 1654. */}}
{{- define "fleet-monitor.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "fleet-monitor.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Spread over zones and nodes, each revision by itself. Zones and nodes that are lost do not count as places. Takes a list: the root, the component. */}}
{{- define "fleet-monitor.spread" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
{{- $selector := include "fleet-monitor.componentSelector" . -}}
{{- range $place := list (dict "key" "topology.kubernetes.io/zone" "unless" $values.spread.zones) (dict "key" "kubernetes.io/hostname" "unless" $values.spread.nodes) }}
- maxSkew: 1
  topologyKey: {{ $place.key }}
  whenUnsatisfiable: {{ $place.unless }}
  nodeTaintsPolicy: Honor
  matchLabelKeys: [pod-template-hash]
  labelSelector:
    matchLabels:
      {{- $selector | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Where pods may run. They keep nothing on their node, so they need not wait five minutes for one that is lost. Takes a list: the root, the component. */}}
{{- define "fleet-monitor.scheduling" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
tolerations:
  - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: {{ int $values.nodeLossSeconds }} }
  - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: {{ int $values.nodeLossSeconds }} }
  {{- with $values.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* What silos and gateways are told alike. Takes a list: the root, the component. */}}
{{- define "fleet-monitor.env" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $values := index $root.Values $component -}}
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: ASPNETCORE_URLS
  value: http://+:8080
- name: FleetMonitor__Grpc__Url
  value: http://+:8081
- name: FleetMonitor__Clustering__Kind
  value: {{ $root.Values.clustering.kind }}
- name: FleetMonitor__Clustering__ClusterId
  value: {{ $root.Values.clustering.clusterId | default (include "fleet-monitor.fullname" $root) }}
{{- if include "fleet-monitor.meetsInConfigMap" $root }}
- name: FleetMonitor__Clustering__Kubernetes__ConfigMap
  value: {{ include "fleet-monitor.membership" $root }}
{{- else }}
- name: FleetMonitor__Clustering__Postgres__ConnectionStringFile
  value: /etc/fleet-monitor/database/dsn
{{- end }}
{{- if $root.Values.access.allowAnonymous }}
- name: FleetMonitor__Access__AllowAnonymous
  value: "true"
{{- else }}
- name: FleetMonitor__Access__TokensFile
  value: /etc/fleet-monitor/access/tokens
- name: FleetMonitor__Access__MetricsNeedToken
  value: {{ $root.Values.access.metricsNeedToken | quote }}
{{- with $root.Values.access.jwt }}
{{- if .authority }}
- name: FleetMonitor__Access__Jwt__Authority
  value: {{ .authority | quote }}
- name: FleetMonitor__Access__Jwt__Audience
  value: {{ .audience | quote }}
{{- with .scopeClaim }}
- name: FleetMonitor__Access__Jwt__ScopeClaim
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
- name: Logging__Console__FormatterName
  value: {{ $root.Values.logging.format }}
{{- if eq $root.Values.logging.format "ecs" }}
- name: Logging__Console__FormatterOptions__Dataset
  value: fleetmonitor.{{ $component }}
{{- end }}
{{- range $key, $value := $values.settings }}
- name: {{ $key | replace ":" "__" }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- with $values.env }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

{{/* Files that silos and gateways read alike. Takes the root. */}}
{{- define "fleet-monitor.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if not .Values.access.allowAnonymous }}
- { name: access, mountPath: /etc/fleet-monitor/access, readOnly: true }
{{- end }}
{{- end -}}

{{- define "fleet-monitor.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
{{- if not .Values.access.allowAnonymous }}
- name: access
  secret:
    secretName: {{ include "fleet-monitor.accessSecret" . }}
    defaultMode: 288 # 0440
    items: [{ key: {{ empty .Values.access.existingSecret | ternary "tokens" .Values.access.key }}, path: tokens }]
{{- end }}
{{- end -}}

{{- define "fleet-monitor.databaseVolume" -}}
- name: database
  secret:
    secretName: {{ include "fleet-monitor.databaseSecret" . }}
    defaultMode: 288 # 0440
    items: [{ key: {{ include "fleet-monitor.databaseKey" . }}, path: dsn }]
{{- end -}}

{{/* Whether Prometheus, without an operator, is told by annotation. */}}
{{- define "fleet-monitor.podAnnotations" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
{{- if eq (index . 0).Values.metrics.discovery "annotations" }}
prometheus.io/scrape: "true"
prometheus.io/port: "8080"
prometheus.io/path: /metrics
{{- end }}
{{- with $values.podAnnotations }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

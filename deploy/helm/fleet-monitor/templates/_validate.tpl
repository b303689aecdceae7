{{/* What the schema cannot say: rules over several values. All that is wrong is said at once. */}}
{{- define "fleet-monitor.validate" -}}
{{- $wrong := list -}}
{{- $database := .Values.database -}}
{{- if and $database.bundled.enabled $database.existingSecret -}}
{{- $wrong = append $wrong "database: existingSecret and bundled.enabled exclude each other: with a database of your own set database.bundled.enabled=false" -}}
{{- end -}}
{{- if not (or $database.bundled.enabled $database.existingSecret) -}}
{{- $wrong = append $wrong "database: no database: name the Secret that holds the connection string in database.existingSecret, or set database.bundled.enabled=true for a trial" -}}
{{- end -}}
{{- if and .Values.access.allowAnonymous (or .Values.access.existingSecret .Values.access.tokens .Values.access.jwt.authority) -}}
{{- $wrong = append $wrong "access: allowAnonymous lets everybody in, so existingSecret, tokens and jwt mean nothing: drop one or the other" -}}
{{- end -}}
{{- if and .Values.access.existingSecret .Values.access.tokens -}}
{{- $wrong = append $wrong "access: tokens are lines of the generated file; with existingSecret put them into that Secret" -}}
{{- end -}}
{{- if and .Values.access.allowAnonymous .Values.access.metricsNeedToken -}}
{{- $wrong = append $wrong "access: metricsNeedToken has no meaning with allowAnonymous" -}}
{{- end -}}
{{- if and .Values.access.metricsNeedToken .Values.access.existingSecret (has .Values.metrics.discovery (list "podMonitor" "serviceMonitor")) (not .Values.metrics.tokenSecret.name) -}}
{{- $wrong = append $wrong "metrics: tokenSecret.name is missing: with access.existingSecret the chart makes no token that the monitors could bring" -}}
{{- end -}}
{{- range $name := list "silo" "gateway" -}}
{{- $component := index $.Values $name -}}
{{- if and $component.autoscaling.enabled (gt (int $component.autoscaling.minReplicas) (int $component.autoscaling.maxReplicas)) -}}
{{- $wrong = append $wrong (printf "%s.autoscaling: minReplicas %d is more than maxReplicas %d" $name (int $component.autoscaling.minReplicas) (int $component.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if $component.resources.limits.cpu -}}
{{- $wrong = append $wrong (printf "%s.resources: a CPU limit is refused: a throttled process misses probes, and a silo that does is declared dead; requests.cpu gives it its share" $name) -}}
{{- end -}}
{{- range $key, $_ := $component.settings -}}
{{- if not (regexMatch "^[A-Za-z][A-Za-z0-9]*(:[A-Za-z0-9.]+)+$" $key) -}}
{{- $wrong = append $wrong (printf "%s.settings: %s is no key of the configuration: write it whole and with colons, as FleetMonitor:Models:Tick" $name $key) -}}
{{- end -}}
{{- $owned := include "fleet-monitor.ownedSettings" $ | fromYamlArray -}}
{{- if has (lower $key) $owned -}}
{{- $wrong = append $wrong (printf "%s.settings: %s follows from other values of this chart" $name $key) -}}
{{- end -}}
{{- if or (regexMatch "(?i)(password|connectionstring$|secret)" $key) -}}
{{- $wrong = append $wrong (printf "%s.settings: %s would be readable by whoever may see the Deployment: use a Secret" $name $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.access.allowAnonymous .Values.silo.dashboard -}}
{{- $wrong = append $wrong "silo.dashboard: with access.allowAnonymous it would be everybody's" -}}
{{- end -}}
{{- if and .Values.silo.autoscaling.prometheusUrl (not .Values.silo.autoscaling.modelsPerSilo) -}}
{{- $wrong = append $wrong "silo.autoscaling: prometheusUrl is asked for models; say how many a silo takes in modelsPerSilo" -}}
{{- end -}}
{{- range $file, $_ := .Values.specs.files -}}
{{- if not (regexMatch "^[-._a-zA-Z0-9]+\\.(ya?ml|json)$" $file) -}}
{{- $wrong = append $wrong (printf "specs.files: %s does not end in .yaml or .json, and would not be read" $file) -}}
{{- end -}}
{{- end -}}
{{- if hasKey .Values.inference.repository.volume "name" -}}
{{- $wrong = append $wrong "inference.repository.volume: without a name, only where it comes from: { persistentVolumeClaim: … }" -}}
{{- end -}}
{{- if and (include "fleet-monitor.meetsInConfigMap" .) (gt (include "fleet-monitor.maxSilos" . | int) 100) -}}
{{- $wrong = append $wrong (printf "silo: %s silos are too many for a ConfigMap, which each of them rewrites: set clustering.kind=Postgres" (include "fleet-monitor.maxSilos" .)) -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- if not .Values.ingress.host -}}
{{- $wrong = append $wrong "ingress: host is missing" -}}
{{- end -}}
{{- if not .Values.ingress.tls.secretName -}}
{{- $wrong = append $wrong "ingress: tls.secretName is missing: tokens do not travel in clear text" -}}
{{- end -}}
{{- if and .Values.ingress.grpc.enabled (or (not .Values.ingress.grpc.host) (eq .Values.ingress.grpc.host .Values.ingress.host)) -}}
{{- $wrong = append $wrong "ingress.grpc: host is missing, or the same as ingress.host: gRPC has a name of its own" -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "\n\nThe values do not fit together:\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}

{{/* Settings that the chart itself gives, in lower case as .NET compares them. */}}
{{- define "fleet-monitor.ownedSettings" -}}
- aspnetcore_urls
- urls
- fleetmonitor:grpc:url
- fleetmonitor:clustering:kind
- fleetmonitor:clustering:clusterid
- fleetmonitor:clustering:kubernetes:configmap
- fleetmonitor:clustering:postgres:connectionstringfile
- fleetmonitor:access:tokensfile
- fleetmonitor:access:allowanonymous
- fleetmonitor:access:metricsneedtoken
- fleetmonitor:access:jwt:authority
- fleetmonitor:access:jwt:audience
- fleetmonitor:access:jwt:scopeclaim
- fleetmonitor:silo:siloport
- fleetmonitor:silo:gatewayport
- fleetmonitor:silo:draintimeout
- fleetmonitor:silo:dashboard
- fleetmonitor:gateway:draintimeout
- fleetmonitor:storage:kind
- fleetmonitor:storage:postgres:connectionstringfile
- fleetmonitor:storage:postgres:schema
- fleetmonitor:specs:directory
- fleetmonitor:inference:repository
- logging:console:formattername
- logging:console:formatteroptions:dataset
{{- end -}}

{{/*
What sets the number of replicas of a service: nothing (then its `replicas` do), `cpu`, `requests`, `keda` or `external`. A worker
without a queue has no backlog to follow: CPU. Called with (list $ service).
*/}}
{{- define "looseleaf.scaler" -}}
{{- $service := index . 1 -}}
{{- $mode := (get (index . 0).Values.autoscaling $service.tier).mode -}}
{{- if and (has $mode (list "keda" "external")) (not $service.groups) -}}
cpu
{{- else if ne $mode "none" -}}
{{- $mode -}}
{{- end -}}
{{- end }}

{{/* Fewest replicas of a service that is scaled. Called with (list $ service track). */}}
{{- define "looseleaf.fewest" -}}
{{- $scaling := get (index . 0).Values.autoscaling (index . 1).tier -}}
{{- include "looseleaf.share" (list (index . 0) (index . 1).tier (index . 2) $scaling.minReplicas) -}}
{{- end }}

{{/* Most replicas. Called as above. */}}
{{- define "looseleaf.most" -}}
{{- $scaling := get (index . 0).Values.autoscaling (index . 1).tier -}}
{{- include "looseleaf.share" (list (index . 0) (index . 1).tier (index . 2) $scaling.maxReplicas) -}}
{{- end }}

{{- define "looseleaf.cpuMetric" -}}
- type: Resource
  resource:
    name: cpu
    target: { type: Utilization, averageUtilization: {{ .cpuUtilization }} }
{{- end }}

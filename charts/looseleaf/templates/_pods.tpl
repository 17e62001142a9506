{{/* Every container of the chart: no privileges, nothing written outside of its volumes. */}}
{{- define "looseleaf.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Every pod of the chart. Called with (list $ uid). */}}
{{- define "looseleaf.podSecurity" -}}
{{- $uid := index . 1 | int -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with (index . 0).Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where pods may run, whatever they are. */}}
{{- define "looseleaf.nodes" -}}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/*
How the replicas of a service stand to each other. Called with (list $ component preset).
  spread     on as many zones and nodes as there are, as far as there is room
  pack       beside each other, for the shortest ways between them
  partition  never more than one more in a zone than in another: the loss of a zone costs its share only
*/}}
{{- define "looseleaf.placement" -}}
{{- $selector := include "looseleaf.selector" (list (index . 0) (index . 1)) -}}
{{- $preset := index . 2 -}}
{{- if eq $preset "pack" }}
affinity:
  podAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- else }}
topologySpreadConstraints:
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: {{ eq $preset "partition" | ternary "DoNotSchedule" "ScheduleAnyway" }}
    matchLabelKeys: [pod-template-hash]
    labelSelector: &placed
      matchLabels: {{ $selector | nindent 8 }}
  - topologyKey: kubernetes.io/hostname
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector: *placed
{{- end }}
{{- end }}

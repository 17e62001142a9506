{{/* Every object is called <release>-<component>. Called with (list $ component). */}}
{{- define "looseleaf.name" -}}
{{- printf "%s-%s" (index . 0).Release.Name (index . 1) | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* What selects the pods of a component: never changes. Called with (list $ component). */}}
{{- define "looseleaf.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: looseleaf
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/*
Of pods: nothing that changes while their image does not, since every change of it is a rollout. Called with (list $ component tag),
where the tag may be empty.
*/}}
{{- define "looseleaf.podLabels" -}}
{{- $values := (index . 0).Values -}}
{{ include "looseleaf.selector" . }}
app.kubernetes.io/part-of: looseleaf
app.kubernetes.io/version: {{ index . 2 | default $values.image.tag | default (index . 0).Chart.AppVersion | quote }}
{{- end }}

{{/* Of objects, except pods. Called with (list $ component). */}}
{{- define "looseleaf.labels" -}}
{{- $root := index . 0 -}}
{{ include "looseleaf.podLabels" (append . "") }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* Says what a pod may reach: policies select by it. Called with the list of what it uses. */}}
{{- define "looseleaf.uses" -}}
{{- range . }}
looseleaf.shop/uses-{{ . | kebabcase }}: 'true'
{{- end }}
{{- end }}

{{/* services.yaml, with what the installation chose: a map of services, as YAML. */}}
{{- define "looseleaf.services" -}}
{{- $services := .Files.Get "services.yaml" | fromYaml -}}
{{- mustMergeOverwrite $services .Values.services | toYaml -}}
{{- end }}

{{/* `external` or `bundled`. Called with (list $ part). */}}
{{- define "looseleaf.backing" -}}
{{- $values := (index . 0).Values -}}
{{- (get $values (index . 1)).backing | default $values.backing -}}
{{- end }}

{{/* The shop's own image. Called with (list $ tag), where the tag may be empty. */}}
{{- define "looseleaf.image" -}}
{{- $root := index . 0 -}}
{{- printf "%s:%s" $root.Values.image.repository (index . 1 | default $root.Values.image.tag | default $root.Chart.AppVersion) -}}
{{- end }}

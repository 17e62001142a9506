{{/* Bundled backing services: what they are called, and where they listen. */}}
{{- define "looseleaf.servers" -}}
kafka: { component: kafka, port: 9092 }
postgres: { component: postgres, port: 5432 }
redis: { component: redis, port: 6379 }
objectStore: { component: objects, port: 7070 }
mail: { component: mail, port: 1025 }
{{- end }}

{{/* Names of Kafka's pods. */}}
{{- define "looseleaf.kafkaNodes" -}}
{{- $name := include "looseleaf.name" (list . "kafka") -}}
{{- range $index := until (int .Values.bundled.kafka.nodes) }}
- {{ $name }}-{{ $index }}
{{- end }}
{{- end }}

{{- define "looseleaf.bundledBrokers" -}}
{{- $service := include "looseleaf.name" (list . "kafka") -}}
{{- $servers := list -}}
{{- range include "looseleaf.kafkaNodes" . | fromYamlArray }}
{{- $servers = append $servers (printf "%s.%s.%s.svc:9092" . $service $.Release.Namespace) }}
{{- end -}}
{{- join "," $servers -}}
{{- end }}

{{/* `host:port` of the bundled ones among those that a job uses, separated by commas. Called with (list $ uses). */}}
{{- define "looseleaf.waits" -}}
{{- $root := index . 0 -}}
{{- $waits := list -}}
{{- range $part := index . 1 -}}
{{- if eq (include "looseleaf.backing" (list $root $part)) "bundled" -}}
{{- $server := get (include "looseleaf.servers" $root | fromYaml) $part -}}
{{- $waits = append $waits (printf "%s:%v" (include "looseleaf.name" (list $root $server.component)) $server.port) -}}
{{- end -}}
{{- end -}}
{{- join "," $waits -}}
{{- end }}

{{/* The metadata of a bundled server's objects, and its network name. Called with (list $ component). */}}
{{- define "looseleaf.bundledMetadata" -}}
name: {{ include "looseleaf.name" . }}
labels: {{ include "looseleaf.labels" . | nindent 2 }}
{{- end }}

{{/* The claim for a server's data. Called with (list $ size). */}}
{{- define "looseleaf.claim" -}}
- metadata: { name: data }
  spec:
    accessModes: [ReadWriteOnce]
    {{- with (index . 0).Values.bundled.storageClass }}
    storageClassName: {{ . }}
    {{- end }}
    resources: { requests: { storage: {{ index . 1 }} } }
{{- end }}

{{/* The secret with the shop's own keys. */}}
{{- define "looseleaf.keysName" -}}
{{- .Values.secrets.existingSecret | default (include "looseleaf.name" (list . "keys")) -}}
{{- end }}

{{/*
A secret's data: what the cluster has, and new random values for what it lacks. Kept for the time of one rendering, so that
all templates see the same. Called with (list $ name keys), the keys being a map of names and lengths.
*/}}
{{- define "looseleaf.generated" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $memory := $root.Values.secrets -}}
{{- if not (hasKey $memory $name) -}}
{{- $present := (lookup "v1" "Secret" $root.Release.Namespace $name).data | default dict -}}
{{- $data := dict -}}
{{- range $key, $length := index . 2 -}}
{{- $_ := set $data $key (get $present $key | default (randAlphaNum (int $length) | b64enc)) -}}
{{- end -}}
{{- $_ := set $memory $name $data -}}
{{- end -}}
{{- get $memory $name | toYaml -}}
{{- end }}

{{- define "looseleaf.keys" -}}
{{- $keys := dict "internal-key" 32 "operator-key" 32 "id-secret" 48 "webhook-key" 48 -}}
{{- include "looseleaf.generated" (list . (include "looseleaf.name" (list . "keys")) $keys) -}}
{{- end }}

{{- define "looseleaf.bundledPasswords" -}}
{{- $keys := dict "postgres-password" 32 "redis-password" 32 "s3-access-key-id" 20 "s3-secret-access-key" 40 -}}
{{- range $database, $_ := .Values.postgres.databases }}{{ $_ := set $keys (printf "%s-password" $database) 32 }}{{ end -}}
{{- include "looseleaf.generated" (list . (include "looseleaf.name" (list . "bundled")) $keys) -}}
{{- end }}

{{/* The backing services that are bundled, separated by commas. */}}
{{- define "looseleaf.bundledParts" -}}
{{- $bundled := list -}}
{{- range $part := list "kafka" "postgres" "redis" "objectStore" "mail" -}}
{{- if eq (include "looseleaf.backing" (list $ $part)) "bundled" }}{{ $bundled = append $bundled $part }}{{ end -}}
{{- end -}}
{{- join ", " $bundled -}}
{{- end }}

{{/* Pods start anew when what they read from secrets changes. */}}
{{- define "looseleaf.secretsChecksum" -}}
{{- $keys := .Values.secrets.existingSecret | default (include "looseleaf.keys" .) -}}
{{- $passwords := "" -}}
{{- if include "looseleaf.bundledParts" . }}{{ $passwords = include "looseleaf.bundledPasswords" . }}{{ end -}}
{{- printf "%s\n%s" $keys $passwords | sha256sum -}}
{{- end }}

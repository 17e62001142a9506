{{/* Settings of services and jobs: environment variables, and the certificates that they name. */}}

{{/* Called with (list name secret key). */}}
{{- define "looseleaf.fromSecret" -}}
- name: {{ index . 0 }}
  valueFrom: { secretKeyRef: { name: {{ index . 1 }}, key: {{ index . 2 }} } }
{{- end }}

{{/* Called with a map of names and values. */}}
{{- define "looseleaf.variables" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{/* Settings of one backing service. Called with (list $ part service); what uses a database says which. */}}
{{- define "looseleaf.backingSettings" -}}
{{- $part := index . 1 -}}
{{- if eq $part "kafka" }}{{ include "looseleaf.kafkaSettings" (index . 0) }}
{{- else if eq $part "postgres" }}{{ include "looseleaf.databaseSettings" (list (index . 0) (index . 2) "key") }}
{{- else if eq $part "redis" }}{{ include "looseleaf.redisSettings" (index . 0) }}
{{- else if eq $part "objectStore" }}{{ include "looseleaf.objectStoreSettings" (index . 0) }}
{{- else if eq $part "mail" }}{{ include "looseleaf.mailSettings" (index . 0) }}
{{- end }}
{{- end }}

{{- define "looseleaf.kafkaSettings" -}}
{{- $kafka := .Values.kafka -}}
{{- $settings := dict "BROKER" "kafka" -}}
{{- if eq (include "looseleaf.backing" (list . "kafka")) "bundled" }}
{{- $_ := set $settings "KAFKA_BROKERS" (include "looseleaf.bundledBrokers" .) }}
{{- else }}
{{- $_ := set $settings "KAFKA_BROKERS" $kafka.brokers }}
{{- $_ := set $settings "KAFKA_SECURITY_PROTOCOL" $kafka.securityProtocol }}
{{- with $kafka.saslMechanism }}{{ $_ := set $settings "KAFKA_SASL_MECHANISM" . }}{{ end }}
{{- if $kafka.authority.secret }}{{ $_ := set $settings "KAFKA_CA_FILE" (printf "/certificates/kafka/%s" $kafka.authority.key) }}{{ end }}
{{- end }}
{{- include "looseleaf.variables" $settings }}
{{- if and $kafka.saslMechanism (eq (include "looseleaf.backing" (list . "kafka")) "external") }}
{{ include "looseleaf.fromSecret" (list "KAFKA_SASL_USERNAME" $kafka.credentials.secret $kafka.credentials.usernameKey) }}
{{ include "looseleaf.fromSecret" (list "KAFKA_SASL_PASSWORD" $kafka.credentials.secret $kafka.credentials.passwordKey) }}
{{- end }}
{{- end }}

{{/* Called with (list $ database keyOfTheAddress): `key`, or `migrationKey` for a role that may create tables. */}}
{{- define "looseleaf.databaseSettings" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $database := get $root.Values.postgres.databases $name -}}
{{- $parameters := $root.Values.postgres.parameters -}}
{{- if eq (include "looseleaf.backing" (list $root "postgres")) "bundled" }}
{{ include "looseleaf.fromSecret" (list "DATABASE_PASSWORD" (include "looseleaf.name" (list $root "bundled")) (printf "%s-password" $name)) }}
- name: DATABASE_URL
  value: postgres://{{ $name }}:$(DATABASE_PASSWORD)@{{ include "looseleaf.name" (list $root "postgres") }}:5432/{{ $name }}
{{- else }}
{{ include "looseleaf.fromSecret" (list "DATABASE_URI" $database.secret (get $database (index . 2) | default $database.key)) }}
- { name: DATABASE_URL, value: {{ printf "$(DATABASE_URI)%s" $parameters | quote }} }
{{- if $database.replicaKey }}
{{ include "looseleaf.fromSecret" (list "DATABASE_REPLICA_URI" $database.secret $database.replicaKey) }}
- { name: DATABASE_REPLICA_URL, value: {{ printf "$(DATABASE_REPLICA_URI)%s" $parameters | quote }} }
{{- end }}
{{- end }}
- { name: DATABASE_POOL_SIZE, value: {{ $root.Values.postgres.poolSize | quote }} }
{{- end }}

{{- define "looseleaf.redisSettings" -}}
{{- $redis := .Values.redis -}}
{{- if eq (include "looseleaf.backing" (list . "redis")) "bundled" }}
{{ include "looseleaf.fromSecret" (list "REDIS_PASSWORD" (include "looseleaf.name" (list . "bundled")) "redis-password") }}
- { name: REDIS_URL, value: "redis://:$(REDIS_PASSWORD)@{{ include "looseleaf.name" (list . "redis") }}:6379" }
{{- else }}
{{ include "looseleaf.fromSecret" (list "REDIS_URL" $redis.url.secret $redis.url.key) }}
{{- if $redis.authority.secret }}
- { name: REDIS_CA_FILE, value: /certificates/redis/{{ $redis.authority.key }} }
{{- end }}
{{- end }}
- { name: CACHE, value: redis }
# Asked for by caches in memory only, which this chart does not have: any number shares what is in Redis.
- { name: REPLICAS, value: '1' }
{{- end }}

{{- define "looseleaf.objectStoreSettings" -}}
{{- $store := .Values.objectStore -}}
{{- $settings := dict "OBJECT_STORE" "s3" "S3_REGION" $store.region "S3_BUCKET" $store.bucket "S3_PATH_STYLE" $store.pathStyle -}}
{{- if eq (include "looseleaf.backing" (list . "objectStore")) "bundled" }}
{{- $secret := include "looseleaf.name" (list . "bundled") }}
{{- $_ := set $settings "S3_ENDPOINT" (printf "http://%s:7070" (include "looseleaf.name" (list . "objects"))) }}
{{- include "looseleaf.variables" $settings }}
{{ include "looseleaf.fromSecret" (list "S3_ACCESS_KEY_ID" $secret "s3-access-key-id") }}
{{ include "looseleaf.fromSecret" (list "S3_SECRET_ACCESS_KEY" $secret "s3-secret-access-key") }}
{{- else }}
{{- $_ := set $settings "S3_ENDPOINT" $store.endpoint }}
{{- include "looseleaf.variables" $settings }}
{{ include "looseleaf.fromSecret" (list "S3_ACCESS_KEY_ID" $store.credentials.secret $store.credentials.accessKey) }}
{{ include "looseleaf.fromSecret" (list "S3_SECRET_ACCESS_KEY" $store.credentials.secret $store.credentials.secretKey) }}
{{- end }}
{{- end }}

{{- define "looseleaf.mailSettings" -}}
{{- if eq (include "looseleaf.backing" (list . "mail")) "bundled" }}
- { name: SMTP_URL, value: smtp://{{ include "looseleaf.name" (list . "mail") }}:1025 }
{{- else }}
{{ include "looseleaf.fromSecret" (list "SMTP_URL" .Values.mail.url.secret .Values.mail.url.key) }}
{{- end }}
- { name: MAIL_FROM, value: {{ .Values.mail.from | quote }} }
{{- end }}

{{/* What only the web tier reads. */}}
{{- define "looseleaf.webSettings" -}}
- { name: SESSION_COOKIE_SECURE, value: {{ .Values.entry.https | quote }} }
{{- with .Values.objectStore.publicEndpoint }}
- { name: S3_PUBLIC_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- end }}

{{/* All of a service's variables: what the chart knows, and above it the variables of its own. Called with (list $ name service). */}}
{{- define "looseleaf.environment" -}}
{{- $variables := (index . 2).variables -}}
{{- range include "looseleaf.settings" . | fromYamlArray }}
{{- if not (hasKey $variables .name) }}
- {{ toJson . }}
{{- end }}
{{- end }}
{{- include "looseleaf.variables" $variables }}
{{- end }}

{{/* Called as above. */}}
{{- define "looseleaf.settings" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $service := index . 2 -}}
{{- include "looseleaf.processSettings" $root }}
{{- range $service.calls }}
- { name: {{ upper . }}_URL, value: http://{{ include "looseleaf.name" (list $root .) }}:3000 }
{{- end }}
{{- range $variable, $key := $service.keys }}
{{ include "looseleaf.fromSecret" (list $variable (include "looseleaf.keysName" $root) $key) }}
{{- end }}
{{- range $service.uses }}
{{- include "looseleaf.backingSettings" (list $root . $name) }}
{{- end }}
{{- if eq $name "web" }}
{{ include "looseleaf.webSettings" $root }}
{{- end }}
{{- end }}

{{/* What every process that takes requests reads. */}}
{{- define "looseleaf.processSettings" -}}
{{- include "looseleaf.variables" (dict
  "HOST" "0.0.0.0"
  "PORT" 3000
  "MANAGEMENT_PORT" 3001
  "LOG_LEVEL" .Values.logLevel
  "SHUTDOWN_DELAY_MS" (mul .Values.shutdown.delaySeconds 1000)
  "SHUTDOWN_DEADLINE_MS" (mul .Values.shutdown.deadlineSeconds 1000)
) }}
{{- end }}

{{/* Secrets with the authorities of external backing services, by what uses them. Called with (list $ uses). */}}
{{- define "looseleaf.authorities" -}}
{{- $root := index . 0 -}}
{{- range $part := index . 1 }}
{{- $authority := (get $root.Values $part | default dict).authority | default dict }}
{{- if and $authority.secret (eq (include "looseleaf.backing" (list $root $part)) "external") }}
{{ $part }}: {{ $authority.secret }}
{{- end }}
{{- end }}
{{- end }}

{{/* Called with what `looseleaf.authorities` says, as a map. */}}
{{- define "looseleaf.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range $part, $_ := . }}
- { name: authority-{{ $part }}, mountPath: /certificates/{{ $part }}, readOnly: true }
{{- end }}
{{- end }}

{{/* As above. */}}
{{- define "looseleaf.volumes" -}}
- { name: tmp, emptyDir: { sizeLimit: 64Mi } }
{{- range $part, $secret := . }}
- { name: authority-{{ $part }}, secret: { secretName: {{ $secret }} } }
{{- end }}
{{- end }}

{{/* What the job that makes topics is told of them. */}}
{{- define "looseleaf.topicSettings" -}}
{{- with .Values.kafka.topics }}
- { name: KAFKA_PARTITIONS, value: {{ .partitions | quote }} }
{{- with .replicationFactor }}
- { name: KAFKA_REPLICATION_FACTOR, value: {{ . | quote }} }
{{- end }}
{{- with .minInsyncReplicas }}
- { name: KAFKA_MIN_INSYNC_REPLICAS, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{/*
How many of `total` replicas a track has: by its weight, and at least one; all of them when it stands by; none without weight.
Called with (list $ tier track total).
*/}}
{{- define "looseleaf.share" -}}
{{- $tracks := get (index . 0).Values.tracks (index . 1) -}}
{{- $track := get $tracks (index . 2) -}}
{{- $total := index . 3 | int -}}
{{- $sum := 0 -}}
{{- range $tracks }}{{ $sum = add $sum .weight }}{{ end -}}
{{- if $track.standby -}}
{{- $total -}}
{{- else if or (eq (int $track.weight) 0) (eq $total 0) -}}
0
{{- else -}}
{{- max 1 (div (add (mul $total $track.weight) (div $sum 2)) $sum) -}}
{{- end -}}
{{- end }}

{{/* The one track that has all the weight of its tier; nothing when several share it. Called with (list $ tier). */}}
{{- define "looseleaf.onlyTrack" -}}
{{- $serving := list -}}
{{- range $name, $track := get (index . 0).Values.tracks (index . 1) -}}
{{- if gt (int $track.weight) 0 }}{{ $serving = append $serving $name }}{{ end -}}
{{- end -}}
{{- if eq (len $serving) 1 }}{{ first $serving }}{{ end -}}
{{- end }}

{{/* The newest version that any track runs: it prepares databases and topics for all of them. */}}
{{- define "looseleaf.newestTag" -}}
{{- $tags := list -}}
{{- range list "web" "workers" -}}
{{- range get $.Values.tracks . }}{{ with .tag }}{{ $tags = append $tags . }}{{ end }}{{ end -}}
{{- end -}}
{{- $tags = uniq $tags -}}
{{- if .Values.jobs.tag -}}
{{- .Values.jobs.tag -}}
{{- else if gt (len $tags) 1 -}}
{{- fail (printf "The tracks run several versions (%s), and only one of them can prepare databases and topics: the newest. Say which one it is with jobs.tag." (join ", " $tags)) -}}
{{- else -}}
{{- with first $tags }}{{ . }}{{ end -}}
{{- end -}}
{{- end }}

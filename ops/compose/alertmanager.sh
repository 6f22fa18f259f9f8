#!/bin/sh
# Alertmanager reads secrets from files alone; here they come from variables.
set -eu
umask 077

own=${ALERTMANAGER_FOLDER:-/run/alertmanager}
printf %s "${SLACK_URL:-}" > "$own/slack_url"
printf %s "${PAGERDUTY_KEY:-}" > "$own/pagerduty_key"
webhook=$(printf %s "${WEBHOOK_URL:-http://webhook.invalid/alerts}" | sed 's/[&|\\]/\\&/g')
sed -e "s|http://webhook.invalid/alerts|$webhook|" -e "s|/run/alertmanager|$own|" \
  "${ALERTMANAGER_CONFIG:-/etc/alertmanager/alertmanager.yaml}" > "$own/alertmanager.yaml"
exec "${ALERTMANAGER:-/bin/alertmanager}" "--config.file=$own/alertmanager.yaml" "$@"

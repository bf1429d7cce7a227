# shellcheck shell=sh disable=SC2317
# Programs: chromium chromium-browser google-chrome google-chrome-stable
#   google-chrome-beta google-chrome-unstable chrome brave brave-browser
#   microsoft-edge microsoft-edge-stable vivaldi vivaldi-stable opera
# Apart: -user-data-dir/
# Own: -headless* -version -product-version -help
# Then: self

# Its second start kills an unresponsive one, and takes its place.
settled
responds

#!/bin/sh
# Run by dpkg and rpm after the files are there. ${executable} and ${sanitizedProductName} are filled in by the build.
set -e
app='/opt/${sanitizedProductName}'

ln -sfn "$app/resources/bin/${executable}" '/usr/bin/${executable}'

# Chromium's sandbox needs user namespaces, or else its helper with the rights of root.
if [ -e /proc/self/ns/user ] && unshare --user true 2>/dev/null; then
  chmod 0755 "$app/chrome-sandbox"
else
  chmod 4755 "$app/chrome-sandbox"
fi

# From Ubuntu 24.04 on AppArmor gives user namespaces only to programs with a profile. Older ones cannot read it.
profile="$app/resources/apparmor-profile"
if [ -d /etc/apparmor.d ] && command -v apparmor_parser >/dev/null 2>&1 &&
  apparmor_parser --skip-kernel-load --skip-cache "$profile" >/dev/null 2>&1; then
  cp -f "$profile" '/etc/apparmor.d/${executable}'
  if apparmor_status --enabled >/dev/null 2>&1; then
    apparmor_parser --replace --write-cache --skip-read-cache '/etc/apparmor.d/${executable}' || true
  fi
fi

if command -v update-mime-database >/dev/null 2>&1; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q /usr/share/applications || true; fi
if command -v gtk-update-icon-cache >/dev/null 2>&1; then gtk-update-icon-cache -q -t -f /usr/share/icons/hicolor || true; fi

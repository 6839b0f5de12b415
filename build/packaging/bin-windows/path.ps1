# Adds a folder to the path of a user or of the machine, or takes it away. Used by the installer.
param([ValidateSet('add', 'remove')][string]$Verb, [string]$Folder, [string]$Mode)
$scope = if ($Mode -eq 'all') { 'Machine' } else { 'User' }
$parts = @([Environment]::GetEnvironmentVariable('Path', $scope) -split ';' | Where-Object { $_ -and $_ -ne $Folder })
if ($Verb -eq 'add') { $parts += $Folder }
[Environment]::SetEnvironmentVariable('Path', ($parts -join ';'), $scope)

@echo off
rem `sluice` on the path: the command of the README, run by the app's own program without a window.
setlocal
"%~dp0..\..\Sluice.exe" --command %*
exit /b %ERRORLEVEL%

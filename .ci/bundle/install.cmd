@echo off
rem install.cmd DIR, or install.cmd DIR --back
setlocal
set "PYTHONPATH="
set "PYTHONHOME="
if "%~1"=="" (
  echo 用法：install.cmd 目录（装到哪里，如 D:\gktools）；退回前一个版本：install.cmd 目录 --back
  exit /b 1
)
if /i not "%PROCESSOR_ARCHITECTURE%"=="AMD64" (
  echo 这个安装包是给 64 位 Windows（x86_64）的，这台机器是 %PROCESSOR_ARCHITECTURE%。没有装任何东西
  exit /b 1
)
set "found="
set "unpacked="
for %%a in ("%~dp0python\*.tar.gz") do (
  set "unpacked=%TEMP%\gktools-python-%RANDOM%"
  call :unpack "%%~fa"
  if errorlevel 1 exit /b 1
)
if not defined found for %%v in (3.13 3.12 3.11) do if not defined found (
  py -%%v -c "" >nul 2>nul && set "found=py -%%v"
)
if not defined found (
  python -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" >nul 2>nul && set "found=python"
)
if not defined found (
  echo 这台机器上没有 Python 3.11–3.13，没有装任何东西。
  echo 请先装 64 位的 Python 3.11–3.13，或者请做安装包的人把 Python 一起带上（make bundle PYTHON=文件）。
  exit /b 1
)
%found% -B "%~dp0install.py" %*
set "code=%ERRORLEVEL%"
if defined unpacked rmdir /s /q "%unpacked%"
exit /b %code%

:unpack
mkdir "%unpacked%" && tar -xzf "%~1" -C "%unpacked%"
if errorlevel 1 (
  echo 带来的 Python 解不开，没有装任何东西：请看放临时文件的磁盘放不放得下，安装包拷全了没有（要 Windows 10 以上）。
  exit /b 1
)
for /r "%unpacked%" %%p in (python.exe) do if exist "%%~fp" if not defined found set "found="%%~fp""
exit /b 0

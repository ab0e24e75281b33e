/**
 * Names by which scripts of images call s6, s6-overlay and execline. A script that calls one which neither the image nor
 * n6 has fails at that line, long after the start: `svc check --root` looks for them.
 */

/** Programs of s6, s6-rc, s6-portable-utils, s6-linux-utils and s6-overlay: nothing else has these names. */
export const S6_PROGRAMS: ReadonlySet<string> = new Set(`
  fix-attrs justc-envdir logutil-newfifo logutil-service logutil-service-main printcontenv with-contenv with-retries
  s6-accessrules-cdb-from-fs s6-accessrules-fs-from-cdb s6-applyuidgid s6-background-fdholder s6-cleanfifodir s6-connlimit s6-envdir s6-envuidgid
  s6-fdholder-daemon s6-fdholder-delete s6-fdholder-list s6-fdholder-retrieve s6-fdholder-store s6-fdholderd s6-fghack
  s6-ftrig-listen s6-ftrig-listen1 s6-ftrig-notify s6-ftrig-wait s6-instance-control s6-instance-create s6-instance-delete s6-instance-list
  s6-instance-maker s6-instance-status s6-ioconnect s6-ipcclient s6-ipcserver s6-ipcserverd s6-log s6-mkfifodir s6-notifyoncheck
  s6-overlay-suexec s6-permafailon s6-setlock s6-setsid s6-setuidgid s6-socklog s6-softlimit s6-sudo s6-sudoc s6-sudod s6-supervise s6-svc s6-svdt
  s6-svdt-clear s6-svlink s6-svlisten s6-svlisten1 s6-svok s6-svperms s6-svscan s6-svscanctl s6-svstat s6-svunlink s6-svwait s6-tai64n
  s6-tai64nlocal s6-usertree-maker ucspilogd
  s6-rc s6-rc-bundle s6-rc-compile s6-rc-db s6-rc-dryrun s6-rc-format-upgrade s6-rc-init s6-rc-update
  s6-basename s6-cat s6-chmod s6-chown s6-clock s6-cut s6-dirname s6-dumpenv s6-echo s6-env s6-expr s6-false s6-format-filter s6-grep s6-head
  s6-hiercopy s6-linkname s6-ln s6-ls s6-maximumtime s6-mkdir s6-mkfifo s6-mount s6-nice s6-nuke s6-pause s6-printenv s6-quote s6-quote-filter
  s6-rename s6-rmrf s6-seq s6-sleep s6-sort s6-swapoff s6-swapon s6-sync s6-tail s6-test s6-touch s6-true s6-umount s6-uniquename s6-unquote
  s6-unquote-filter s6-update-symlinks
  s6-chroot s6-devd s6-fillurandompool s6-freeramdisk s6-halt s6-hostname s6-linux-init s6-logwatch s6-pivotchroot s6-poweroff s6-ps s6-reboot
  s6-uevent-listener s6-uevent-spawner
  `.trim().split(/\s+/));

/** Words of execline that nothing else has the name of. The others (`if`, `cd`, `export` …) mean something to every shell. */
export const EXECLINE_PROGRAMS: ReadonlySet<string> = new Set(`
  backtick elgetopt elglob emptyenv execlineb fdblock fdclose fdmove fdreserve fdswap forbacktickx foreground forstdin forx getcwd heredoc homeof
  ifelse ifte ifthenelse importas loopwhilex multidefine multisubstitute pipeline piperw posix-cd posix-umask redirfd runblock tryexec unexport
  withstdinas
  `.trim().split(/\s+/));

# SPDX-License-Identifier: MIT

dist_man1_MANS = %D%/epipe.1
dist_man7_MANS = %D%/epipe-howto.7 %D%/epipe-preload.7
dist_man3_MANS = \
	%D%/libepipe.3 %D%/epipe_channel.3 %D%/epipe_child.3 %D%/epipe_install.3 \
	%D%/epipe_pipe.3 %D%/epipe_pipeline.3 %D%/epipe_process.3 %D%/epipe_scope.3 \
	%D%/epipe_write.3 %D%/epipe_write_all.3
